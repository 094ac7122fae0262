// @ts-check
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A process that is still the same one after pids were given anew (restart of the machine or the container).
 * @typedef {{ pid: number, startedAt: string }} ProcessIdentity
 */

/**
 * Returns the identity of a process, or undefined when no process has this pid.
 * @param {number} pid
 * @returns {ProcessIdentity | undefined}
 */
export function identifyProcess(pid) {
  const startedAt = readStartTime(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** @returns {ProcessIdentity} */
export function identifyThisProcess() {
  return identifyProcess(process.pid) ?? { pid: process.pid, startedAt: 'unknown' };
}

/**
 * Tells whether exactly this process runs.
 * @param {ProcessIdentity | undefined} identity
 */
export function isRunning(identity) {
  return identity !== undefined && readStartTime(identity.pid) === identity.startedAt;
}

/**
 * Returns the pid of a process's parent; undefined where it cannot be read.
 * @param {number} pid
 * @returns {number | undefined}
 */
export function readParentPid(pid) {
  return process.platform === 'linux' ? Number(readLinuxStatus(pid)?.[1]) || undefined : undefined;
}

/**
 * Returns the command line of a process, or an empty string when it cannot be read.
 * @param {number} pid
 */
export function readCommandLine(pid) {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    if (process.platform === 'win32') return '';
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

/**
 * Returns the pids of the processes that have a folder as their current one. Only Linux tells.
 * @param {string} folder
 */
export function findProcessesIn(folder) {
  if (process.platform !== 'linux') return [];
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => readCurrentFolder(pid) === folder);
}

/** @param {number} pid */
function readCurrentFolder(pid) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/**
 * Ends a process that is not a child of ours: each signal gets its time before the next one follows.
 * @param {number} pid
 * @param {Array<[signal: NodeJS.Signals, waitMs: number]>} steps
 * @returns {Promise<boolean>} whether it is gone
 */
export async function endProcess(pid, steps) {
  const startedAt = readStartTime(pid);
  if (startedAt === undefined) return true;
  for (const [signal, waitMs] of steps) {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone in this moment, or another account's: the check below tells which.
    }
    const deadline = Date.now() + waitMs;
    while (Date.now() < deadline) {
      if (readStartTime(pid) !== startedAt) return true;
      await delay(50);
    }
  }
  return readStartTime(pid) !== startedAt;
}

/**
 * @param {number} pid
 * @returns {string | undefined} undefined when no such process runs; a zombie does not run
 */
function readStartTime(pid) {
  if (process.platform === 'linux') return readLinuxStartTime(pid);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EPERM') return undefined;
  }
  if (process.platform === 'win32') return 'running';
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function readLinuxStartTime(pid) {
  const fields = readLinuxStatus(pid);
  if (fields === undefined || fields[0] === 'Z' || fields[0] === 'X') return undefined;
  // Ticks since boot alone would repeat after a reboot.
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`;
}

/**
 * @param {number} pid
 * @returns {string[] | undefined} the fields from the state on, which is number 3 in proc(5)
 */
function readLinuxStatus(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The field before is the program's name in brackets and may hold blanks.
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
