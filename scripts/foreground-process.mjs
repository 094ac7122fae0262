// @ts-check
import { constants } from 'node:os';
import { spawnLaunched } from './launched-process.mjs';
import { onStopSignal } from './stop-signals.mjs';

/**
 * Runs a Node script in our place: with our input and output, and with every wish to stop passed on exactly once.
 * @param {string} node path of the Node binary
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string }} [options]
 * @returns {Promise<number>} its exit code; 128 + n when signal n ended it
 */
export async function runInForeground(node, args, { env = process.env, cwd } = {}) {
  const child = spawnLaunched(node, args, { env, cwd, stdio: ['inherit', 'inherit', 'inherit'] });
  const stopListening = onStopSignal((signal, count) => child.kill(count > 2 ? 'SIGKILL' : signal));
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
  } finally {
    stopListening();
  }
}
