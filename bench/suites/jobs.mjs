// @ts-check
import { provideDataset, withAdmin } from '../data/dataset.mjs';

const DATABASE = 'bulkhead_bench_jobs';
const SIZE = { organizations: 100, rowsEach: 10 };
const CONCURRENCY = 10;
const JOBS_AT_ONCE = 200;
const WAITING = 100_000;
const STARTS = 50;
const START_P50_MICROS = 25_000;
const START_P99_MICROS = 250_000;

const OURS = 'Bulkhead';
const BULL = 'Bull';

const OWNERS = `SELECT owner_id AS "userId", id AS "organizationId" FROM organizations ORDER BY id LIMIT 2`;
/** Of another organization, and not due for a day. */
const MANY_WAITING = `
  INSERT INTO jobs (product, organization_id, id, name, data, digest, signature, actor_type, actor_id, entry_point, due_at)
  SELECT 'bestays', $1::uuid, gen_random_uuid(), 'bench-nothing', '{}', '', '', 'user', $2::uuid, 'http', now() + interval '1 day'
    FROM generate_series(1, $3)`;

/**
 * What a job costs that does nothing, and how soon it begins: P12, P13.
 * @param {import('../method/bench.mjs').Bench} bench
 */
export async function runJobs(bench) {
  const { env, adminUrl, report } = bench;
  const dataset = await provideDataset({ name: DATABASE, size: SIZE, adminUrl, env, report });
  const [owner, other] = await withAdmin(dataset.adminUrl, async (client) => {
    await client.query('TRUNCATE jobs');
    return (await client.query(OWNERS)).rows;
  });
  const worker = bench.start(OURS, 'jobs.mjs', { ...dataset.env, WORKER_CONCURRENCY: String(CONCURRENCY) });
  await worker.ask('open', owner);
  const outcomes = [
    await compareThroughput(bench, worker, 'a job that does nothing'),
    await compareStarts(bench, worker),
  ];
  report(`${WAITING.toLocaleString('en')} jobs that are not due …`);
  await withAdmin(dataset.adminUrl, async (client) => {
    await client.query(MANY_WAITING, [other.organizationId, other.userId, WAITING]);
    await client.query('VACUUM ANALYZE jobs');
  });
  outcomes.push(await compareThroughput(bench, worker, `the same beside ${WAITING.toLocaleString('en')} that wait`));
  return outcomes;
}

/**
 * @param {import('../method/bench.mjs').Bench} bench
 * @param {import('../method/contestant.mjs').Contestant} worker
 * @param {string} title
 */
async function compareThroughput(bench, worker, title) {
  return await bench.compare({
    title,
    entrants: [entrantOf(worker, OURS, 'bulkhead'), entrantOf(worker, BULL, 'bull')],
    goals: [{ id: 'P12', title, variant: OURS, baseline: BULL, measure: 'throughput', bound: 0.85 }],
    inFlight: CONCURRENCY,
    rounds: 7,
    seconds: 3,
  });
}

/**
 * @param {import('../method/bench.mjs').Bench} bench
 * @param {import('../method/contestant.mjs').Contestant} worker
 */
async function compareStarts(bench, worker) {
  const quantiles = { 'half of them': 0.5, '99th percentile': 0.99 };
  const title = 'from the commit that queues to the begin';
  return await bench.compare({
    title,
    entrants: Object.entries(quantiles).map(([name, latencyQuantile]) => ({
      name,
      run: async () => await worker.ask('start', { count: STARTS, latencyQuantile }),
      collectGarbage: () => worker.ask('collectGarbage'),
    })),
    goals: [
      {
        id: 'P13',
        title,
        variant: 'half of them',
        baseline: 'half of them',
        measure: 'latencyMicros',
        bound: START_P50_MICROS,
      },
      {
        id: 'P13',
        title,
        variant: '99th percentile',
        baseline: 'half of them',
        measure: 'latencyMicros',
        bound: START_P99_MICROS,
      },
    ],
    inFlight: 1,
    rounds: 5,
    seconds: 1,
  });
}

/**
 * @param {import('../method/contestant.mjs').Contestant} worker
 * @param {string} name
 * @param {string} system
 * @returns {import('../method/compare.mjs').Entrant}
 */
function entrantOf(worker, name, system) {
  return {
    name,
    run: async ({ seconds }) => await worker.ask('run', { system, seconds, jobs: JOBS_AT_ONCE }),
    collectGarbage: () => worker.ask('collectGarbage'),
  };
}
