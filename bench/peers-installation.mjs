// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutFolder } from '../scripts/checkout.mjs';
import { runQuietly } from '../scripts/quiet-process.mjs';
import { StartupProblem } from '../scripts/startup-problem.mjs';

const folder = join(checkoutFolder, 'bench/peers');
const stampPath = join(folder, 'node_modules/.bulkhead-install');

/**
 * Installs what the product is compared with, unless it is there.
 * @param {{ report: import('../scripts/progress.mjs').Report }} options
 */
export async function ensurePeersInstalled({ report }) {
  const sum = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === sum) return;
  report('Installing the packages to compare with …');
  /** @type {string[]} */
  const lines = [];
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const code = await runQuietly(npm, ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund'], {
    env: process.env,
    onLine: (line) => lines.push(line),
  });
  if (code !== 0) {
    throw new StartupProblem(
      `npm could not install bench/peers (exit code ${code}):\n\n${lines.slice(0, 15).join('\n')}\n\n` +
        'Check the connection to the npm registry (npm ping) and start again.',
    );
  }
  writeFileSync(stampPath, sum);
}
