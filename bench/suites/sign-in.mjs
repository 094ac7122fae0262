// @ts-check
import { median } from '../method/statistics.mjs';
import { provideDataset } from '../data/dataset.mjs';

/** One of those that the suite on scale uses. */
const DATABASE = 'bulkhead_bench_1000';
const SIZE = { organizations: 1_000, rowsEach: 10 };
const IN_FLIGHT = 8;
const ROUNDS = 15;
const READ_ROUNDS = 21;
const WARM_UP_SECONDS = 40;
/** P11 asks for 50 log-ins/s where Node's own argon2 does 71/s. Another machine is asked for the same part of what it can. */
const LOGIN_PART = 50 / 71;
/** Far from what a process can: at saturation the 99th percentile tells how long the queue is, not who waits for whom. */
const READS_PER_SECOND = 100;
/** So much of the rate must have been answered when a block of four seconds ends; the rest is still on its way then. */
const ANSWERED_PART = 0.8;

const LOG_IN = 'log-in over HTTP';
const HASH = 'bare @node-rs/argon2';
const NODE_HASH = 'bare crypto.argon2 of Node';
const READ = 'reads alone';
const READ_MEANWHILE = 'reads while people log in';

/**
 * What log-ins cost, and what they cost the others: P11.
 * @param {import('../method/bench.mjs').Bench} bench
 */
export async function runSignIn(bench) {
  const { env, adminUrl, report } = bench;
  const dataset = await provideDataset({ name: DATABASE, size: SIZE, adminUrl, env, report });
  const server = bench.start('the application', 'sign-in-app.mjs', dataset.env);
  const load = bench.start('the load generator', 'sign-in-load.mjs', dataset.env);
  await load.ask('open', { target: await server.ask('open') });
  // A second of log-ins is too few calls for V8 to compile them well.
  for (const work of ['read', 'logIn']) await load.ask('warmUp', { work, seconds: WARM_UP_SECONDS });
  const collectGarbage = async () => await Promise.all([server, load].map((each) => each.ask('collectGarbage')));

  /** @param {() => Promise<any>} run */
  const overHttp = async (run) => {
    const before = await server.ask('processorMicros');
    const measured = await run();
    const processorMicros = (await server.ask('processorMicros')) - before;
    return { ...measured, processorMicros, helperMicros: measured.processorMicros };
  };
  /** @param {number} loginsPerSecond */
  const reading = (loginsPerSecond) => async (/** @type {{ seconds: number, inFlight: number }} */ options) => {
    const measured = await overHttp(
      async () => await load.ask('arrive', { ...options, readsPerSecond: READS_PER_SECOND, loginsPerSecond }),
    );
    requireLogins(bench, measured, loginsPerSecond);
    return measured;
  };

  const common = { inFlight: IN_FLIGHT, rounds: ROUNDS };
  const logIns = await bench.compare({
    ...common,
    title: 'Log-ins against bare argon2',
    entrants: [
      {
        name: LOG_IN,
        run: async (options) => await overHttp(async () => await load.ask('logIn', options)),
        collectGarbage,
      },
      { name: HASH, run: async (options) => await server.ask('hash', options), collectGarbage },
      { name: NODE_HASH, run: async (options) => await server.ask('hashWithNode', options), collectGarbage },
    ],
    goals: [
      { id: 'P11', title: 'log-ins', variant: LOG_IN, baseline: NODE_HASH, measure: 'perSecond', bound: 60 },
      { id: 'P11', title: 'log-ins', variant: LOG_IN, baseline: NODE_HASH, measure: 'throughput', bound: 0.9 },
      { id: 'P11', title: 'log-ins', variant: LOG_IN, baseline: HASH, measure: 'throughput' },
    ],
    seconds: 1.5,
  });
  const hashes = logIns.contests.at(-1)?.blocks[NODE_HASH] ?? [];
  const perSecond = Math.round(LOGIN_PART * median(hashes.map(({ operations, seconds }) => operations / seconds)));
  const reads = await bench.compare({
    ...common,
    title: `Reads while ${perSecond} people a second log in`,
    entrants: [
      { name: READ, run: reading(0), collectGarbage },
      { name: READ_MEANWHILE, run: reading(perSecond), collectGarbage },
    ],
    goals: [
      {
        id: 'P11',
        title: `99th percentile of reads, ${perSecond} log-ins/s`,
        variant: READ_MEANWHILE,
        baseline: READ,
        measure: 'latency',
        // At most doubled.
        bound: 0.5,
      },
    ],
    isTimed: true,
    rounds: READ_ROUNDS,
    seconds: 8,
  });
  return [logIns, reads];
}

/**
 * Reads during fewer log-ins than promised would prove nothing. A short run of somebody's own is told so only.
 * @param {import('../method/bench.mjs').Bench} bench
 * @param {{ logins: number, seconds: number }} measured
 * @param {number} wanted
 */
function requireLogins({ overrides, report }, { logins, seconds }, wanted) {
  const perSecond = logins / seconds;
  if (perSecond >= wanted * ANSWERED_PART) return;
  const problem = `Of ${wanted} log-ins/s only ${perSecond.toFixed(0)} were answered.`;
  if (Object.keys(overrides).length === 0) throw new Error(`${problem} This machine is too slow, or too busy.`);
  report(`  ${problem}`);
}
