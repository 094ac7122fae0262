// @ts-check
// cspell:words taskset
import { provideDataset, withAdmin } from '../data/dataset.mjs';
import { pinToCore } from '../method/pinning.mjs';
import { READS_DATABASE, READS_SIZE } from './reads.mjs';

const CONNECTIONS = 32;
const ROUNDS = 15;
const SERVER_CORE = 0;
const LOAD_CORE = 1;
/** So many people take turns; the product remembers their verified tokens. */
const KNOWN_LOGINS = 1_000;
/** More than the product remembers, so that each token is a new one when its turn comes again. */
const ALL_LOGINS = 20_000;

// In an order that has nothing to do with theirs in the table.
const LOGINS = `
  SELECT user_id AS "userId", id AS "sessionId", active_organization_id AS "organizationId"
    FROM sessions ORDER BY md5(id::text) LIMIT $1`;

/** Each with one more part of the doors, so that neighbours tell what that part costs. */
const NONE = { name: 'no doors', doors: 'none' };
const CONTEXT = { name: 'context', doors: 'context' };
const TOKEN = { name: 'context, token', doors: 'token' };
const ALL = { name: 'context, token, membership', doors: 'all' };
const CLS_MODULE = { name: 'all of it, and ClsModule imported', doors: 'all and ClsModule' };
const NEW_TOKENS = 'context, token never seen before';

/** @type {import('../method/compare.mjs').Goal[]} */
const GOALS = [
  goal('context and authentication', TOKEN.name, NONE.name, 100),
  goal('context, authentication and membership', ALL.name, NONE.name),
  goal('opening the context', CONTEXT.name, NONE.name),
  goal('guard, interceptor and a token that was seen before', TOKEN.name, CONTEXT.name),
  goal('looking up the membership (one query)', ALL.name, TOKEN.name),
  goal('verifying a token for the first time', NEW_TOKENS, TOKEN.name),
  goal('importing ClsModule', CLS_MODULE.name, ALL.name),
];

/**
 * What the doors cost a request: P6.
 * @param {import('../method/bench.mjs').Bench} bench
 */
export async function runHttp(bench) {
  const { env, adminUrl, report } = bench;
  const dataset = await provideDataset({ name: READS_DATABASE, size: READS_SIZE, adminUrl, env, report });
  const logins = await withAdmin(dataset.adminUrl, async (client) => (await client.query(LOGINS, [ALL_LOGINS])).rows);
  const [{ organizationId: only }] = logins;
  const load = bench.start('the load generator', 'http-load.mjs', dataset.env);
  await load.ask('open', { logins });
  const arePinned = [pinToCore(load.pid, LOAD_CORE)];

  /** @type {import('../method/compare.mjs').Entrant[]} */
  const entrants = [];
  for (const { name, doors } of [NONE, CONTEXT, TOKEN, ALL, CLS_MODULE]) {
    const server = bench.start(name, 'http-app.mjs', { ...dataset.env, HTTP_DOORS: doors });
    arePinned.push(pinToCore(server.pid, SERVER_CORE));
    const organization = { id: only, slug: 'organization-0', name: 'Organization 0' };
    const port = await server.ask('open', { organization });
    await requireDoors(port, doors);
    const organizationId = doors === 'none' || doors === 'context' ? null : doors === 'token' ? only : undefined;
    entrants.push(entrantOf({ name, server, load, request: { port, organizationId, firstLogins: KNOWN_LOGINS } }));
    if (doors !== 'token') continue;
    entrants.push(
      entrantOf({ name: NEW_TOKENS, server, load, request: { port, organizationId, firstLogins: ALL_LOGINS } }),
    );
  }
  if (arePinned.includes(false))
    report('  Server and load generator share the cores: taskset is missing, or the second core.');
  return [
    await bench.compare({
      title: 'HTTP request to a route that does nothing',
      entrants,
      goals: GOALS,
      inFlight: CONNECTIONS,
      rounds: ROUNDS,
      seconds: 0.75,
    }),
  ];
}

/**
 * @param {object} options
 * @param {string} options.name
 * @param {import('../method/contestant.mjs').Contestant} options.server
 * @param {import('../method/contestant.mjs').Contestant} options.load
 * @param {{ port: number, organizationId: string | null | undefined, firstLogins: number }} options.request
 * @returns {import('../method/compare.mjs').Entrant}
 */
function entrantOf({ name, server, load, request }) {
  return {
    name,
    run: async (options) => {
      const before = await server.ask('processorMicros');
      const measured = await load.ask('run', { ...request, ...options });
      const processorMicros = (await server.ask('processorMicros')) - before;
      return { ...measured, processorMicros, helperMicros: measured.processorMicros };
    },
    collectGarbage: () => server.ask('collectGarbage'),
  };
}

/**
 * Makes sure that the doors are as far open as the server was told: the request's id comes from its context.
 * @param {number} port
 * @param {string} doors
 */
async function requireDoors(port, doors) {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/nothing`);
  const expected = { hasContext: doors !== 'none', status: doors === 'none' || doors === 'context' ? 200 : 401 };
  const hasContext = response.headers.get('X-Request-Id') !== '';
  if (hasContext === expected.hasContext && response.status === expected.status) return;
  throw new Error(
    `The server with doors "${doors}" answers ${response.status}, ${hasContext ? 'with' : 'without'} a context. ` +
      'The application opens its doors in another way now: adapt bench/systems/http-app.mjs.',
  );
}

/**
 * @param {string} title
 * @param {string} variant
 * @param {string} baseline
 * @param {number} [bound]
 * @returns {import('../method/compare.mjs').Goal}
 */
function goal(title, variant, baseline, bound) {
  return { id: 'P6', title, variant, baseline, measure: 'addedMicros', bound };
}
