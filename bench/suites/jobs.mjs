// @ts-check
import { provideDataset, withAdmin } from '../data/dataset.mjs';

const SIZE = { organizations: 100, rowsEach: 10 };
const CONCURRENCY = 10;
const JOBS_AT_ONCE = 200;
const WAITING = 100_000;
const STARTS = 50;
const START_P50_MICROS = 25_000;
const START_P99_MICROS = 250_000;
const QUEUING_IN_FLIGHT = 8;

const OURS = 'Bulkhead';
const BEHIND = `Bulkhead behind ${WAITING.toLocaleString('en')}`;
const BULL = 'Bull';
const GRAPHILE = 'graphile-worker';

const OWNERS = `SELECT owner_id AS "userId", id AS "organizationId" FROM organizations ORDER BY id LIMIT 2`;

/**
 * What a job costs that does nothing, and how soon it begins: P12, P13.
 * @param {import('../method/bench.mjs').Bench} bench
 */
export async function runJobs(bench) {
  // Each with a database of its own, and a Redis one: neither may do the other's jobs.
  const empty = await startWorker(bench, { name: OURS, database: 'bulkhead_bench_jobs', redis: 1, waiting: 0 });
  const full = await startWorker(bench, {
    name: BEHIND,
    database: 'bulkhead_bench_waiting',
    redis: 2,
    waiting: WAITING,
  });
  // What is queued for the next day stays, so it comes last.
  return [
    await compareStarts(bench, empty),
    await compareThroughput(bench, empty, full),
    await compareQueuing(bench, empty),
  ];
}

/**
 * @param {import('../method/bench.mjs').Bench} bench
 * @param {{ name: string, database: string, redis: number, waiting: number }} options
 */
async function startWorker(bench, { name, database, redis, waiting }) {
  const { env, adminUrl, report } = bench;
  const dataset = await provideDataset({ name: database, size: SIZE, adminUrl, env, report });
  const [owner, other] = await withAdmin(dataset.adminUrl, async (client) => {
    await client.query('TRUNCATE jobs CASCADE');
    return (await client.query(OWNERS)).rows;
  });
  const redisUrl = new URL(String(dataset.env['REDIS_URL']));
  redisUrl.pathname = `/${redis}`;
  const settings = {
    REDIS_URL: redisUrl.href,
    WORKER_CONCURRENCY: String(CONCURRENCY),
    BENCH_ADMIN_URL: dataset.adminUrl,
    // 200 transactions at once wait long for eight connections.
    DATABASE_WAIT_MS: '60000',
  };
  const worker = bench.start(name, 'jobs.mjs', { ...dataset.env, ...settings });
  if (waiting > 0) report(`${waiting.toLocaleString('en')} jobs of another organization …`);
  await worker.ask('open', { owner, other, waiting });
  await withAdmin(dataset.adminUrl, (client) => client.query('VACUUM ANALYZE jobs'));
  return worker;
}

/**
 * @param {import('../method/bench.mjs').Bench} bench
 * @param {import('../method/contestant.mjs').Contestant} empty
 * @param {import('../method/contestant.mjs').Contestant} full
 */
async function compareThroughput(bench, empty, full) {
  const title = 'a job that does nothing';
  const goal = /** @type {const} */ ({ id: 'P12', title, measure: 'throughput' });
  /**
   * @param {import('../method/contestant.mjs').Contestant} worker
   * @param {string} name
   * @param {string} system
   */
  const entrantOf = (worker, name, system) => ({
    name,
    run: async (/** @type {{ seconds: number }} */ { seconds }) =>
      await worker.ask('work', { system, seconds, jobs: JOBS_AT_ONCE }),
    collectGarbage: () => worker.ask('collectGarbage'),
  });
  return await bench.compare({
    title,
    entrants: [entrantOf(empty, OURS, 'bulkhead'), entrantOf(full, BEHIND, 'bulkhead'), entrantOf(empty, BULL, 'bull')],
    goals: [
      { ...goal, variant: OURS, baseline: BULL, bound: 0.85 },
      { ...goal, variant: BEHIND, baseline: OURS, bound: 0.9 },
    ],
    inFlight: CONCURRENCY,
    rounds: 9,
    seconds: 3,
  });
}

/**
 * @param {import('../method/bench.mjs').Bench} bench
 * @param {import('../method/contestant.mjs').Contestant} worker
 */
async function compareQueuing(bench, worker) {
  const title = 'a job queued in a transaction';
  /**
   * @param {string} name
   * @param {string} system
   */
  const entrantOf = (name, system) => ({
    name,
    run: async (/** @type {{ seconds: number, inFlight: number }} */ options) =>
      await worker.ask('queue', { system, ...options }),
    collectGarbage: () => worker.ask('collectGarbage'),
  });
  return await bench.compare({
    title,
    entrants: [entrantOf(OURS, 'bulkhead'), entrantOf(GRAPHILE, 'graphile')],
    goals: [{ id: 'P13', title, variant: OURS, baseline: GRAPHILE, measure: 'throughput', bound: 1 }],
    inFlight: QUEUING_IN_FLIGHT,
    rounds: 15,
    seconds: 1,
  });
}

/**
 * @param {import('../method/bench.mjs').Bench} bench
 * @param {import('../method/contestant.mjs').Contestant} worker
 */
async function compareStarts(bench, worker) {
  const [half, last] = ['half of them', '99th percentile'];
  const title = 'from the commit that queues to the begin';
  /**
   * @param {string} name
   * @param {number} latencyQuantile
   */
  const entrantOf = (name, latencyQuantile) => ({
    name,
    run: async () => await worker.ask('start', { count: STARTS, latencyQuantile }),
    collectGarbage: () => worker.ask('collectGarbage'),
  });
  const goal = /** @type {const} */ ({ id: 'P13', title, baseline: half, measure: 'latencyMicros' });
  return await bench.compare({
    title,
    entrants: [entrantOf(half, 0.5), entrantOf(last, 0.99)],
    goals: [
      { ...goal, variant: half, bound: START_P50_MICROS },
      { ...goal, variant: last, bound: START_P99_MICROS },
    ],
    inFlight: 1,
    rounds: 5,
    seconds: 1,
  });
}
