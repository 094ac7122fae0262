// @ts-check
import { provideDataset, withAdmin } from '../data/dataset.mjs';
import { drawReadTargets } from '../data/targets.mjs';
import { pinToCore } from '../method/pinning.mjs';
import { scoreGoal } from '../method/scores.mjs';
import { entrantOf } from '../systems/entrant.mjs';
import { PLANNED_ONCE, WITHOUT_POLICIES } from '../systems/without-product.mjs';

const SIZE = { organizations: 1_000, rowsEach: 10 };
const WITH = 'with the product';
const WITHOUT = 'without it';
const DATABASES = { [WITH]: 'bulkhead_bench_product', [WITHOUT]: 'bulkhead_bench_no_product' };
const SYSTEMS = { [WITH]: 'bulkhead.mjs', [WITHOUT]: 'bulkhead-without-product.mjs' };
const SERVERS = { [WITH]: 'http-app.mjs', [WITHOUT]: 'http-app-without-product.mjs' };
const READ_TARGETS = 10_000;
const SERVER_CORE = 0;
const LOAD_CORE = 1;
const STATEMENTS = [
  { operation: 'findFirst', title: 'a row by its id through Prisma' },
  { operation: 'readBySql', title: 'a row by its id by SQL' },
];
const MOST_MICROS = 50;
const ROUNDS = 45;

/** @typedef {keyof typeof DATABASES} Side */

/**
 * What the second dimension costs a request, by its parts: all of a request scatters more than they cost.
 * @param {import('../method/bench.mjs').Bench} bench
 */
export async function runProduct(bench) {
  const { env, adminUrl, report } = bench;
  const sides = /** @type {Side[]} */ ([WITH, WITHOUT]);
  /** @type {Partial<Record<Side, import('../data/dataset.mjs').Dataset>>} */
  const datasets = {};
  for (const side of sides) {
    const dataset = await provideDataset({ name: DATABASES[side], size: SIZE, adminUrl, env, report });
    await withAdmin(dataset.adminUrl, async (client) => {
      await client.query(PLANNED_ONCE);
      if (side === WITHOUT) await client.query(WITHOUT_POLICIES);
    });
    datasets[side] = dataset;
  }
  const environments = /** @type {Record<Side, NodeJS.ProcessEnv>} */ ({
    [WITH]: datasets[WITH]?.env,
    [WITHOUT]: datasets[WITHOUT]?.env,
  });
  const goal = { id: 'Product', variant: WITH, baseline: WITHOUT };

  /** @type {{ side: Side, system: import('../method/contestant.mjs').Contestant }[]} */
  const systems = [];
  for (const side of sides) {
    const dataset = /** @type {import('../data/dataset.mjs').Dataset} */ (datasets[side]);
    const system = bench.start(side, SYSTEMS[side], environments[side]);
    await system.ask('open', { targets: { read: await drawReadTargets(dataset, READ_TARGETS), write: [] } });
    systems.push({ side, system });
  }
  const outcomes = [];
  for (const { operation, title } of STATEMENTS) {
    outcomes.push(
      await bench.compare({
        title,
        entrants: systems.map(({ side, system }) => entrantOf(side, system, operation)),
        goals: [{ ...goal, title, measure: 'addedMicrosInAll' }],
        inFlight: 16,
        rounds: ROUNDS,
        seconds: 1,
      }),
    );
  }
  outcomes.push(await compareRoutes(bench, sides, environments, goal));
  return [...outcomes, putTogether(outcomes)];
}

/**
 * @param {import('../method/bench.mjs').Bench} bench
 * @param {Side[]} sides
 * @param {Record<Side, NodeJS.ProcessEnv>} environments
 * @param {{ id: string, variant: string, baseline: string }} goal
 */
async function compareRoutes(bench, sides, environments, goal) {
  const load = bench.start('the load generator', 'http-load.mjs', environments[WITH]);
  await load.ask('open', { logins: [{ userId: '', sessionId: '', organizationId: '' }] });
  pinToCore(load.pid, LOAD_CORE);
  const entrants = [];
  for (const side of sides) {
    const server = bench.start(`the server ${side}`, SERVERS[side], { ...environments[side], HTTP_DOORS: 'context' });
    pinToCore(server.pid, SERVER_CORE);
    const port = await server.ask('open', { organization: null });
    await requireLayer(port, side);
    entrants.push({
      name: side,
      run: async (/** @type {object} */ options) => {
        const before = await server.ask('processorMicros');
        const measured = await load.ask('run', { port, organizationId: null, firstLogins: 1, ...options });
        const processorMicros = (await server.ask('processorMicros')) - before;
        return { ...measured, processorMicros, helperMicros: measured.processorMicros };
      },
      collectGarbage: () => server.ask('collectGarbage'),
    });
  }
  const title = 'a route that does nothing';
  return await bench.compare({
    title,
    entrants,
    goals: [{ ...goal, title, measure: 'addedMicrosInAll' }],
    inFlight: 32,
    rounds: ROUNDS,
    seconds: 0.75,
  });
}

/**
 * A request that reads a row is all of these, the membership by SQL: what they cost is added up round by round.
 * @param {import('../method/compare.mjs').Outcome[]} outcomes
 * @returns {import('../method/compare.mjs').Outcome}
 */
export function putTogether(outcomes) {
  const parts = outcomes.map(
    ({ contests }) => /** @type {import('../method/contest.mjs').Contest} */ (contests.at(-1)),
  );
  const blocks = Object.fromEntries(
    [WITH, WITHOUT].map((side) => [
      side,
      Array.from({ length: ROUNDS }, (_, round) => addUp(parts.flatMap((part) => part.blocks[side]?.[round] ?? []))),
    ]),
  );
  const contest = { blocks, repeatedRounds: 0, disturbedRounds: 0, highestLoad: 0 };
  const title = 'together: a request that reads a row';
  const goal = { id: 'Product', title, variant: WITH, baseline: WITHOUT };
  const score = scoreGoal({ ...goal, measure: 'addedMicrosInAll', bound: MOST_MICROS }, contest);
  return { title, inFlight: 1, scores: [score], missedBefore: [], contests: [] };
}

/**
 * @param {import('../method/contest.mjs').Block[]} blocks
 * @returns {import('../method/contest.mjs').Block}
 */
function addUp(blocks) {
  const nothing = { operations: 1, seconds: 0, processorMicros: 0, databaseMicros: 0, foreignMicros: 0 };
  return blocks.reduce(
    (sum, { operations, seconds, processorMicros, databaseMicros }) => ({
      ...sum,
      seconds: sum.seconds + seconds / operations,
      processorMicros: sum.processorMicros + processorMicros / operations,
      databaseMicros: sum.databaseMicros + databaseMicros / operations,
    }),
    nothing,
  );
}

/**
 * Makes sure that the layer is there, or not, by what anybody sees of it.
 * @param {number} port
 * @param {Side} side
 */
async function requireLayer(port, side) {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/nothing`);
  if (response.headers.has('X-Product') === (side === WITH)) return;
  throw new Error(`The server ${side} answers ${response.status} with the headers of the other.`);
}
