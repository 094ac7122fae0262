// @ts-check
import { provideDataset } from '../data/dataset.mjs';

/** One of those that the suite on scale uses. */
const DATABASE = 'bulkhead_bench_1000';
const SIZE = { organizations: 1_000, rowsEach: 10 };
const IN_FLIGHT = 8;
const ROUNDS = 15;
const LOGINS_PER_SECOND = 50;
/** Arrivals are even, answers are not: so much of the rate must have been answered in each block. */
const ANSWERED_PART = 0.85;

const LOG_IN = 'log-in over HTTP';
const HASH = 'bare crypto.argon2';
const READ = 'reads alone';
const READ_MEANWHILE = `reads during ${LOGINS_PER_SECOND} log-ins/s`;

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
    const measured = await overHttp(async () => await load.ask('read', { ...options, loginsPerSecond }));
    requireLogins(bench, measured, loginsPerSecond);
    return measured;
  };

  const common = { inFlight: IN_FLIGHT, rounds: ROUNDS };
  return [
    await bench.compare({
      ...common,
      title: 'Log-ins against bare argon2',
      entrants: [
        {
          name: LOG_IN,
          run: async (options) => await overHttp(async () => await load.ask('logIn', options)),
          collectGarbage,
        },
        { name: HASH, run: async (options) => await server.ask('hash', options), collectGarbage },
      ],
      goals: [
        { id: 'P11', title: 'log-ins', variant: LOG_IN, baseline: HASH, measure: 'perSecond', bound: 60 },
        { id: 'P11', title: 'log-ins', variant: LOG_IN, baseline: HASH, measure: 'throughput', bound: 0.9 },
      ],
      seconds: 1.5,
    }),
    await bench.compare({
      ...common,
      title: 'Reads while people log in',
      entrants: [
        { name: READ, run: reading(0), collectGarbage },
        { name: READ_MEANWHILE, run: reading(LOGINS_PER_SECOND), collectGarbage },
      ],
      goals: [
        {
          id: 'P11',
          title: '99th percentile of reads',
          variant: READ_MEANWHILE,
          baseline: READ,
          measure: 'latency',
          // At most doubled.
          bound: 0.5,
        },
      ],
      isTimed: true,
      seconds: 1.5,
    }),
  ];
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
