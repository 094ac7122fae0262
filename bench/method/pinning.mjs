// @ts-check
// cspell:words taskset
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/**
 * Keeps a process on one processor core, where the machine has two and the means.
 * @param {number} pid
 * @param {number} core
 * @returns {boolean} whether it is so now
 */
export function pinToCore(pid, core) {
  if (process.platform !== 'linux' || availableParallelism() <= core) return false;
  try {
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
