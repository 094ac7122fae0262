// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutFolder } from './checkout.mjs';
import { withProcessLock } from './process-lock.mjs';
import { StartupProblem } from './startup-problem.mjs';

const SOURCES = ['src', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json', '.swcrc'];
// Written last, so that a build that was interrupted does not count.
const marker = join(checkoutFolder, 'dist/.built');

/**
 * Compiles src to dist unless dist is newer than all of it.
 * @param {{ report: import('./progress.mjs').Report, signal?: AbortSignal }} options
 */
export async function ensureBuilt({ report, signal }) {
  if (isBuilt()) return;
  const lock = join(checkoutFolder, 'node_modules/.bulkhead-build.lock');
  await withProcessLock(lock, () => build({ report, signal }), {
    onWait: (pid) => report(`Waiting for process ${pid}, which is compiling …`),
    signal,
  });
}

/** @param {{ report: import('./progress.mjs').Report, signal?: AbortSignal }} options */
async function build({ report, signal }) {
  if (isBuilt()) return;
  report('Compiling …');
  const startedAt = new Date();
  const nest = join(checkoutFolder, 'node_modules/@nestjs/cli/bin/nest.js');
  const child = spawn(process.execPath, [nest, 'build'], {
    cwd: checkoutFolder,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new StartupProblem(`nest build failed (exit code ${code}):\n\n${output.trim()}`);
  writeFileSync(marker, '');
  // A file that changes during the build is newer than the build.
  utimesSync(marker, startedAt, startedAt);
}

function isBuilt() {
  const builtAt = statSync(marker, { throwIfNoEntry: false })?.mtimeMs;
  return builtAt !== undefined && SOURCES.every((name) => newestChange(join(checkoutFolder, name)) < builtAt);
}

/**
 * @param {string} path
 * @returns {number} milliseconds; folders count, because their time changes when a file in them is removed
 */
function newestChange(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  const entries = readdirSync(path).map((name) => newestChange(join(path, name)));
  return Math.max(stats.mtimeMs, ...entries);
}
