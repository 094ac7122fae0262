// @ts-check
// `npm start`: runs on Node 20 and without any package, and hands over to develop.mjs on Node 24.
import { join } from 'node:path';
import { checkoutFolder, loadEnvironmentFile, resolveDataDir } from './checkout.mjs';
import { runInForeground } from './foreground-process.mjs';
import { ensureInstalled } from './install.mjs';
import { requireFreePort } from './application-port.mjs';
import { reportTo } from './progress.mjs';
import { identifyProcess, isRunning, readCommandLine, readParentPid } from './process-identity.mjs';
import { failWith } from './startup-problem.mjs';

async function start() {
  loadEnvironmentFile();
  await requireFreePort({ env: process.env, dataDir: resolveDataDir() });
  const node = await ensureInstalled({ report: reportTo(process.stdout) });
  watchNpm();
  process.exitCode = await runInForeground(node, [join(checkoutFolder, 'scripts/develop.mjs')]);
}

// npm passes SIGINT and SIGTERM on, but nobody hears of a SIGKILL to it.
function watchNpm() {
  const shell = readParentPid(process.pid) ?? 0;
  const npm = [shell, readParentPid(shell) ?? 0].find((pid) => readCommandLine(pid).startsWith('npm'));
  const identity = npm && identifyProcess(npm);
  if (identity) setInterval(() => isRunning(identity) || process.kill(process.pid, 'SIGTERM'), 1_000).unref();
}

start().catch(failWith);
