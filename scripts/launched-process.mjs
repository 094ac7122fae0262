// @ts-check
import { spawn } from 'node:child_process';

const preload = new URL('exit-with-launcher.mjs', import.meta.url).href;

/**
 * Starts a Node process that is asked to stop when we end in whatever way, and that only we pass signals on to: in a
 * process group of its own, it does not get the terminal's Ctrl-C as well.
 * @param {string} node path of the Node binary
 * @param {string[]} args
 * @param {{ env: NodeJS.ProcessEnv, cwd?: string, stdio: ['ignore' | 'inherit', 'pipe' | 'inherit', 'pipe' | 'inherit'], signal?: AbortSignal }} options
 */
export function spawnLaunched(node, args, { env, stdio, ...options }) {
  return spawn(node, ['--import', preload, ...args], {
    ...options,
    env: { ...env, BULKHEAD_LAUNCHED: 'yes' },
    stdio: [...stdio, 'ipc'],
    detached: process.platform !== 'win32',
  });
}
