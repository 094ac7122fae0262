// @ts-check
import { provideDataset, withAdmin } from '../data/dataset.mjs';

/** One of those that the suite on scale uses. */
const DATABASE = 'bulkhead_bench_1000';
const SIZE = { organizations: 1_000, rowsEach: 10 };
const ORGANIZATIONS = 100;
const SOCKETS_EACH = 100;
const UPDATES_AT_ONCE = 50;
const UPDATES_PER_SECOND = 20;
const CONNECTIONS = 500;
const MOST_LATENCY_MICROS = 15_000;

const BULKHEAD = 'Bulkhead';
const BARE = 'Socket.IO';

const LOGINS = `
  SELECT user_id AS "userId", id AS "sessionId", active_organization_id AS "organizationId"
    FROM sessions ORDER BY md5(id::text) LIMIT $1`;

/** @typedef {{ name: string, server: import('../method/contestant.mjs').Contestant, load: import('../method/contestant.mjs').Contestant, bytes: number }} Side */

/**
 * What 10,000 authenticated sockets of 100 organizations cost: P14.
 * @param {import('../method/bench.mjs').Bench} bench
 */
export async function runSockets(bench) {
  const { env, adminUrl, report } = bench;
  const dataset = await provideDataset({ name: DATABASE, size: SIZE, adminUrl, env, report });
  const logins = await withAdmin(
    dataset.adminUrl,
    async (client) => (await client.query(LOGINS, [ORGANIZATIONS])).rows,
  );
  const organizationIds = logins.map(({ organizationId }) => organizationId);
  const scripts = { [BULKHEAD]: 'sockets-app.mjs', [BARE]: 'bare-sockets.mjs' };
  const sides = [];
  for (const [name, script] of Object.entries(scripts)) {
    sides.push(await connect(bench, { name, script, env: dataset.env, logins }));
  }

  const title = `${(ORGANIZATIONS * SOCKETS_EACH).toLocaleString('en')} sockets`;
  const goal = { id: 'P14', variant: BULKHEAD, baseline: BARE };
  const common = { inFlight: ORGANIZATIONS * SOCKETS_EACH, rounds: 15 };
  return [
    await bench.compare({
      ...common,
      title: `Memory of ${title}`,
      entrants: sides.map((side) => entrantOf(side, async () => ({ operations: 1, seconds: 1, bytes: side.bytes }))),
      goals: [{ ...goal, title: 'memory of a socket', measure: 'memory', bound: 1.3 }],
      rounds: 1,
      seconds: 0,
    }),
    await bench.compare({
      ...common,
      title: `Updates to rooms of ${SOCKETS_EACH} among ${title}`,
      entrants: sides.map((side) => entrantOf(side, ({ seconds }) => fanOut(side, organizationIds, seconds))),
      goals: [{ ...goal, title: `updates delivered to rooms of ${SOCKETS_EACH}`, measure: 'throughput', bound: 0.85 }],
      seconds: 2,
    }),
    await bench.compare({
      ...common,
      title: `An update to a room of ${SOCKETS_EACH} among ${title}`,
      entrants: sides.map((side) => entrantOf(side, ({ seconds }) => deliverSlowly(side, organizationIds, seconds))),
      goals: [
        {
          ...goal,
          title: `update to its last of ${SOCKETS_EACH}, 99th percentile`,
          measure: 'latencyMicros',
          bound: MOST_LATENCY_MICROS,
        },
        { ...goal, title: `update to its last of ${SOCKETS_EACH}, 99th percentile`, measure: 'latency' },
      ],
      seconds: 5,
    }),
    await bench.compare({
      ...common,
      title: `Connecting among ${title}`,
      entrants: sides.map((side) =>
        entrantOf(side, async () => await side.load.ask('connectBriefly', { count: CONNECTIONS })),
      ),
      goals: [{ ...goal, title: 'connecting', measure: 'throughput', bound: 0.6 }],
      seconds: 1,
    }),
  ];
}

/**
 * Starts a server and its clients, and has them connect.
 * @param {import('../method/bench.mjs').Bench} bench
 * @param {{ name: string, script: string, env: NodeJS.ProcessEnv, logins: object[] }} options
 * @returns {Promise<Side>}
 */
async function connect(bench, { name, script, env, logins }) {
  const server = bench.start(name, script, env);
  const load = bench.start(`clients of ${name}`, 'socket-load.mjs', env);
  const port = await server.ask('open');
  await load.ask('open', { port, logins });
  // What the first ones make it load and compile is nobody's memory.
  await load.ask('connectBriefly', { count: CONNECTIONS });
  const before = await server.ask('memory');
  await load.ask('connect', { each: SOCKETS_EACH });
  const bytes = ((await server.ask('memory')) - before) / (ORGANIZATIONS * SOCKETS_EACH);
  bench.report(`  ${name}: ${Math.round(bytes).toLocaleString('en')} bytes for each socket`);
  return { name, server, load, bytes };
}

/**
 * @param {Side} side
 * @param {(options: { seconds: number }) => Promise<any>} work
 * @returns {import('../method/compare.mjs').Entrant}
 */
function entrantOf({ name, server, load }, work) {
  return {
    name,
    run: async (options) => {
      const [serverBefore, loadBefore] = [await server.ask('processorMicros'), await load.ask('processorMicros')];
      const measured = await work(options);
      const processorMicros = (await server.ask('processorMicros')) - serverBefore;
      return { ...measured, processorMicros, helperMicros: (await load.ask('processorMicros')) - loadBefore };
    },
    collectGarbage: async () => await Promise.all([server, load].map((each) => each.ask('collectGarbage'))),
  };
}

/**
 * Sends to one organization after the other, so many at once, as fast as all of it arrives.
 * @param {Side} side
 * @param {string[]} organizationIds
 * @param {number} seconds
 */
async function fanOut({ server, load }, organizationIds, seconds) {
  const startedAt = performance.now();
  let updates = 0;
  do {
    const next = Array.from(
      { length: UPDATES_AT_ONCE },
      (_, number) => organizationIds[(updates + number) % organizationIds.length],
    );
    await load.ask('expect', { count: UPDATES_AT_ONCE * SOCKETS_EACH });
    await Promise.all([server.ask('publish', { organizationIds: next }), load.ask('receiveAll')]);
    updates += UPDATES_AT_ONCE;
  } while (performance.now() - startedAt < seconds * 1_000);
  return { operations: updates * SOCKETS_EACH, seconds: (performance.now() - startedAt) / 1_000 };
}

/**
 * @param {Side} side
 * @param {string[]} organizationIds
 * @param {number} seconds
 */
async function deliverSlowly({ server, load }, organizationIds, seconds) {
  const startedAt = performance.now();
  const count = Math.ceil(UPDATES_PER_SECOND * seconds);
  const next = Array.from({ length: count }, (_, number) => organizationIds[number % organizationIds.length]);
  await load.ask('expect', { count: count * SOCKETS_EACH });
  const publishing = server.ask('publishSlowly', { organizationIds: next, perSecond: UPDATES_PER_SECOND });
  const [{ latencyMicros }] = await Promise.all([load.ask('receiveAll'), publishing]);
  return { operations: count * SOCKETS_EACH, seconds: (performance.now() - startedAt) / 1_000, latencyMicros };
}
