// @ts-check
import { join } from 'node:path';
import { withAdmin } from '../data/dataset.mjs';
import { Bench } from '../method/bench.mjs';
import { processorTimeReader } from '../method/processor-time.mjs';
import { writeDocument } from '../report/document.mjs';
import { describeMachine, describeRedis } from '../report/machine.mjs';
import { findFalls, keepResult, readResults } from '../report/results.mjs';
import { COLUMNS, rowsOf } from '../report/rows.mjs';
import { toTextTable } from '../report/text-table.mjs';
import { runCredentials } from './credentials.mjs';
import { runAudit } from './audit.mjs';
import { runCache } from './cache.mjs';
import { runFaq } from './faq.mjs';
import { runHttp } from './http.mjs';
import { runJobs } from './jobs.mjs';
import { runProduct } from './product.mjs';
import { runReads } from './reads.mjs';
import { runScale } from './scale.mjs';
import { runSignIn } from './sign-in.mjs';
import { runSockets } from './sockets.mjs';

/** @typedef {{ suites: string[], overrides: { rounds?: number, seconds?: number } }} Options */

/** @type {Record<string, (bench: Bench) => Promise<import('../method/compare.mjs').Outcome[]>>} */
const SUITES = {
  reads: runReads,
  scale: runScale,
  http: runHttp,
  'sign-in': runSignIn,
  credentials: runCredentials,
  audit: runAudit,
  cache: runCache,
  faq: runFaq,
  product: runProduct,
  sockets: runSockets,
  jobs: runJobs,
};

const SERVER_FACTS = `SELECT pg_backend_pid() AS pid, split_part(current_setting('server_version'), ' ', 1) AS version`;

/**
 * Runs suites, prints what they measured, and keeps it.
 * @param {object} given
 * @param {Options} given.options
 * @param {NodeJS.ProcessEnv} given.env of what is measured
 * @param {string} given.adminUrl
 * @param {string} given.dataDir
 * @param {import('../../scripts/progress.mjs').Report} given.report
 * @param {AbortSignal} given.signal
 * @returns {Promise<boolean>} whether every goal was reached
 */
export async function runSuites({ options, env, adminUrl, dataDir, report, signal }) {
  const { suites, overrides } = options;
  const folder = join(dataDir, 'results');
  return await withAdmin(adminUrl, async (client) => {
    const [facts] = (await client.query(SERVER_FACTS)).rows;
    const redis = await describeRedis(String(env['REDIS_URL']));
    const readProcessorTime = processorTimeReader(facts.pid);
    const tools = { env, adminUrl, report, overrides, readProcessorTime };
    let areAllReached = true;
    for (const suite of suites) {
      const startedAt = new Date().toISOString();
      const outcomes = await runSuite(
        /** @type {(bench: Bench) => Promise<any>} */ (SUITES[suite]),
        new Bench(tools),
        signal,
      );
      const isDefault = Object.keys(overrides).length === 0;
      const machine = describeMachine(facts.version, redis);
      const result = { suite, startedAt, isDefault, machine, outcomes };
      const earlier = readResults(folder, suite);
      keepResult(folder, result);
      process.stdout.write(`\n${suite}\n\n${toTextTable(COLUMNS, rowsOf(outcomes))}\n\n`);
      const falls = isDefault ? findFalls(result, earlier) : [];
      for (const fall of falls) process.stdout.write(`Fell by more than a tenth: ${fall}\n`);
      if (isDefault) await writeDocument(folder);
      areAllReached &&=
        falls.length === 0 && outcomes.every(({ scores }) => scores.every(({ isReached }) => isReached));
    }
    return areAllReached;
  });
}

/**
 * @param {(bench: Bench) => Promise<import('../method/compare.mjs').Outcome[]>} run
 * @param {Bench} bench
 * @param {AbortSignal} signal
 */
async function runSuite(run, bench, signal) {
  const stop = () => void bench.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    return await run(bench);
  } finally {
    signal.removeEventListener('abort', stop);
    await bench.stop();
  }
}
