// @ts-check
import { provideDataset } from '../data/dataset.mjs';
import { drawReadTargets } from '../data/targets.mjs';
import { entrantOf } from '../systems/entrant.mjs';

const ORGANIZATIONS = [10, 1_000, 10_000, 100_000];
const ROWS_EACH = 10;
const READ_TARGETS = 100_000;
const IN_FLIGHT = 16;
const ROUNDS = 15;
const BOUND = 0.85;

const OPERATIONS = [
  { operation: 'readBySql', what: 'SQL read by id' },
  { operation: 'findFirst', what: 'Prisma findFirst by id' },
];

/**
 * Whether more organizations make each one slower.
 * @param {import('../method/bench.mjs').Bench} bench
 */
export async function runScale(bench) {
  const { env, adminUrl, report } = bench;
  const systems = [];
  for (const organizations of ORGANIZATIONS) {
    const size = { organizations, rowsEach: ROWS_EACH };
    const dataset = await provideDataset({ name: `bulkhead_bench_${organizations}`, size, adminUrl, env, report });
    const name = nameOf(organizations);
    const contestant = bench.start(name, 'bulkhead.mjs', dataset.env);
    await contestant.ask('open', { targets: { read: await drawReadTargets(dataset, READ_TARGETS), write: [] } });
    systems.push({ name, contestant });
  }
  const [fewest = 0, ...more] = ORGANIZATIONS;
  const outcomes = [];
  for (const { operation, what } of OPERATIONS) {
    outcomes.push(
      await bench.compare({
        title: `${what} in ${ORGANIZATIONS.map(nameOf).join(', ')}`,
        entrants: systems.map(({ name, contestant }) => entrantOf(name, contestant, operation)),
        goals: more.map((organizations) => ({
          id: 'Scale',
          title: what,
          variant: nameOf(organizations),
          baseline: nameOf(fewest),
          measure: 'throughput',
          bound: BOUND,
        })),
        inFlight: IN_FLIGHT,
        rounds: ROUNDS,
        seconds: 0.75,
      }),
    );
  }
  return outcomes;
}

/** @param {number} organizations */
function nameOf(organizations) {
  return `${organizations.toLocaleString('en')} organizations`;
}
