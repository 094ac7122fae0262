// @ts-check
// `npm run cli -- <command>`: the compiled command line, with services of its own if none run. Only the command writes to stdout.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { checkoutFolder, loadEnvironmentFile, resolveDataDir } from './checkout.mjs';
import { loadDevelopmentSecrets } from './development-secrets.mjs';
import { runInForeground } from './foreground-process.mjs';
import { ensureInstalled, isRequiredNode } from './install.mjs';
import { reportTo } from './progress.mjs';
import { startServices } from './services.mjs';
import { failWith } from './startup-problem.mjs';
import { onStopSignal } from './stop-signals.mjs';

const report = reportTo(process.stderr);
const args = process.argv.slice(2);

async function runCli() {
  loadEnvironmentFile();
  const node = await ensureInstalled({ report });
  if (!isRequiredNode()) {
    process.exitCode = await runInForeground(node, [fileURLToPath(import.meta.url), ...args]);
    return;
  }
  process.exitCode = await runCommand(node);
}

/** @param {string} node */
async function runCommand(node) {
  const stopping = new AbortController();
  // Until the services are stopped, too: a signal that comes late must not end us before that.
  const stopListening = onStopSignal((_signal, count) => (count > 3 ? process.exit(130) : stopping.abort()));
  const { signal } = stopping;
  try {
    await ensureBuilt({ report, signal });
    const dataDir = resolveDataDir();
    const environment = process.env['ENVIRONMENT'] || 'development';
    const services = await startServices({ dataDir, env: process.env, purpose: 'command', report, signal });
    try {
      const isStrict = environment !== 'development' && environment !== 'test';
      const secrets = isStrict ? {} : await loadDevelopmentSecrets({ dataDir, env: process.env });
      return await runInForeground(node, [join(checkoutFolder, 'dist/cli.js'), ...args], {
        env: { ...process.env, ...secrets, ...services.env, ENVIRONMENT: environment, DATA_DIR: dataDir },
      });
    } finally {
      await services.stop();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return 130;
  } finally {
    stopListening();
  }
}

runCli().catch(failWith);
