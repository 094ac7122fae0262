// @ts-check
// cspell:words autovacuum
// `npm run bench [-- <suite>] [--rounds N] [--seconds S]`: measures the compiled application against its goals.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureBuilt } from '../scripts/build.mjs';
import { resolveDataDir } from '../scripts/checkout.mjs';
import { loadDevelopmentSecrets } from '../scripts/development-secrets.mjs';
import { runInForeground } from '../scripts/foreground-process.mjs';
import { ensureInstalled, isRequiredNode } from '../scripts/install.mjs';
import { reportTo } from '../scripts/progress.mjs';
import { startServices } from '../scripts/services.mjs';
import { failWith, StartupProblem } from '../scripts/startup-problem.mjs';
import { onStopSignal } from '../scripts/stop-signals.mjs';
import { ensurePeersInstalled } from './peers-installation.mjs';

const SUITES = [
  'reads',
  'scale',
  'http',
  'sign-in',
  'credentials',
  'audit',
  'cache',
  'faq',
  'product',
  'sockets',
  'jobs',
];
const POSTGRES_FLAGS = [
  'max_connections=200',
  'shared_buffers=1GB',
  // What they do on their own time would hit one variant and not the other; the suites vacuum before they measure.
  'autovacuum=off',
  'checkpoint_timeout=1h',
  'max_wal_size=8GB',
];
const SETTINGS = {
  ENVIRONMENT: 'test',
  NODE_ENV: 'production',
  LOG_LEVEL: 'error',
  PRODUCT: 'bestays',
  DATABASE_POOL_SIZE: '8',
  // Counted as in production, and never reached.
  RATE_LIMIT_PER_MINUTE: '1000000000',
};

const report = reportTo(process.stderr);

async function runBenchmarks() {
  const options = readOptions(process.argv.slice(2));
  const node = await ensureInstalled({ report });
  if (!isRequiredNode()) {
    process.exitCode = await runInForeground(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
    return;
  }
  const stopping = new AbortController();
  // Until the services are stopped, too: a signal that comes late must not end us before that.
  const stopListening = onStopSignal((_signal, count) => (count > 3 ? process.exit(130) : stopping.abort()));
  try {
    process.exitCode = await runWithServices(options, stopping.signal);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    process.exitCode = 130;
  } finally {
    stopListening();
  }
}

/**
 * @param {import('./suites/suites.mjs').Options} options
 * @param {AbortSignal} signal
 */
async function runWithServices(options, signal) {
  await ensurePeersInstalled({ report });
  await ensureBuilt({ report, signal });
  const dataDir = join(resolveDataDir(), 'bench');
  const services = await startServices({
    dataDir,
    // Always servers of our own: nobody else's shall bear the load, nor the rows.
    env: { ENVIRONMENT: 'test' },
    databaseName: 'bulkhead_bench',
    postgresFlags: POSTGRES_FLAGS,
    purpose: 'test',
    report,
    signal,
  });
  try {
    const secrets = await loadDevelopmentSecrets({ dataDir, env: {} });
    const env = { ...process.env, ...secrets, ...services.env, ...SETTINGS };
    // Loaded here only: it imports packages and what was compiled.
    const { runSuites } = await import('./suites/suites.mjs');
    const adminUrl = /** @type {string} */ (services.adminUrl);
    return (await runSuites({ options, env, adminUrl, dataDir, report, signal })) ? 0 : 1;
  } finally {
    await services.stop();
  }
}

/**
 * @param {string[]} args
 * @returns {import('./suites/suites.mjs').Options}
 */
function readOptions(args) {
  const usage = `npm run bench -- [${SUITES.join(' | ')}] [--rounds N] [--seconds S]`;
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { rounds: { type: 'string' }, seconds: { type: 'string' } },
    });
    const unknown = positionals.filter((name) => !SUITES.includes(name));
    if (unknown.length > 0) throw new Error(`There is no suite ${unknown.join(', ')}.`);
    return {
      suites: positionals.length > 0 ? positionals : SUITES,
      overrides: {
        ...(values.rounds !== undefined && { rounds: toPositive('--rounds', values.rounds) }),
        ...(values.seconds !== undefined && { seconds: toPositive('--seconds', values.seconds) }),
      },
    };
  } catch (error) {
    throw new StartupProblem(`${error instanceof Error ? error.message : String(error)}\nUsage: ${usage}`);
  }
}

/**
 * @param {string} option
 * @param {string} text
 */
function toPositive(option, text) {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new Error(`${option} needs a number above 0; it is ${text}.`);
}

runBenchmarks().catch(failWith);
