// @ts-check
import { spawn } from 'node:child_process';
import { checkoutFolder } from './checkout.mjs';
import { StartupProblem } from './startup-problem.mjs';
import { onStopSignal } from './stop-signals.mjs';

/**
 * Runs a program in the checkout and hands its output over, line by line, instead of showing it.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env: NodeJS.ProcessEnv, onLine: (line: string) => void }} options
 * @returns {Promise<number | null>} its exit code
 */
export function runQuietly(command, args, { env, onLine }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: checkoutFolder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: command.endsWith('.cmd'),
    });
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream.setEncoding('utf8').on('data', (chunk) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        lines.forEach(onLine);
      });
      stream.on('end', () => rest && onLine(rest));
    }
    const stopListening = onStopSignal((signal) => {
      child.kill(signal);
      reject(new StartupProblem('Stopped before everything was installed; the next start goes on.'));
    });
    child.once('error', reject);
    child.once('close', (code) => {
      stopListening();
      resolve(code);
    });
  });
}
