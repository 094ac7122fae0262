// cspell:ignore ORGANIZATIONID organizationid
import { randomUUID } from 'node:crypto';
import { buildUser, type BuiltUser } from '../support/builders.js';
import { newSecret, sign } from '../support/clerk.js';
import { listRegisteredRoutes, named, type Operation, readApi } from '../support/open-api.js';
import { differencesFrom } from '../support/open-api-conformance.js';
import { exampleOf, SECRET } from '../support/open-api-example.js';
import { observable, type RawAnswer, RawClient } from '../support/open-api-request.js';
import {
  bodyOf,
  buildFixture,
  callerOf,
  fillPath,
  type Fixture,
  queryOf,
  referencesIn,
  unknownLike,
  withRequired,
} from '../support/sweep.js';
import { askAsSuperuser } from '../support/superuser.js';
import { Witness } from '../support/sweep-witness.js';
import { TestApp } from '../support/test-app.js';

/** Served, and no part of the API: the documentation itself, and the operator's metrics. */
const NOT_API = /^get \/(docs|metrics)/;
/** What rows of these tables hold of a text is encrypted or hashed, or the name of a field. */
const WITHOUT_MARKER = [
  'audit_logs',
  'audit_heads',
  'audit_checkpoints',
  'client_credentials',
  'organization_keys',
  // Of published listings, which everybody may read.
  'property_terms',
];
/** They tell how far the record goes, on which each of them is. */
const OF_THE_WHOLE_RECORD = ['audit_export', 'audit_verify'];
const SPELLINGS = [
  'organizationId',
  'organization_id',
  'OrganizationId',
  'ORGANIZATIONID',
  'organizationid',
  'organization-id',
];

// Before the tests are declared: each operation of the document is one.
const secret = newSecret();
const app = await TestApp.start({ environment: { CLERK_WEBHOOK_SECRET: secret } });
const api = readApi(app);
const operations = named(api.operations);
const guarded = operations.filter(([, { stance }]) => stance?.kind !== 'public');
const scoped = operations.filter(([, { stance }]) => stance?.kind === 'organization');

let witness: Witness;
let client: RawClient;
let acme: Fixture;
let globex: Fixture;
let spare: Fixture;
let stranger: BuiltUser;
let both: BuiltUser;
let foreignIds: Set<string>;
let foreignRows: Record<string, string>;
/** What the first organization could read before and after the second was filled. */
let readAlone: object[];
let readBeside: object[];

interface Attempt {
  readonly places?: Fixture['places'];
  readonly ids?: Fixture['ids'];
  readonly organization?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly query?: string;
  readonly body?: unknown;
}

/** Calls an operation, and expects that nothing of the other organization was changed or shown, and no secret of ours. */
async function attempt(as: BuiltUser | null, operation: Operation, options: Attempt = {}): Promise<RawAnswer> {
  const { places = acme.places, ids = acme.ids, organization = acme.organization.id, headers } = options;
  const body = 'body' in options ? options.body : bodyOf(api, operation, acme, ids);
  const path = fillPath(operation.path, places) + (options.query ?? queryOf(api, operation, ids));
  const text = body === undefined ? undefined : JSON.stringify(body);
  const sent = `${path} ${text} ${organization} ${JSON.stringify(headers)}`;
  const signed = operation.id === 'clerkWebhook_receive' && text !== undefined ? sign(text, secret) : {};
  const all = { ...headers, ...signed };
  const answer = await client.sendAs(as, { method: operation.method, path, organization, headers: all, body: text });
  const shown = `${answer.text} ${JSON.stringify(answer.headers)}`;
  expect(shown.toLowerCase()).not.toContain(globex.marker.toLowerCase());
  expect(shown).not.toContain(SECRET);
  expect([...foreignIds].filter((id) => shown.includes(id) && !sent.includes(id))).toEqual([]);
  expect(await witness.checksums(globex.organization.id)).toEqual(foreignRows);
  return answer;
}

/** Reads everything that the first organization can read. Reading is recorded too, so records end at a time. */
async function readAll(until: string): Promise<object[]> {
  const reads = api.operations.filter(
    ({ id, method, stance }) => method === 'get' && stance?.kind !== 'public' && !OF_THE_WHOLE_RECORD.includes(id),
  );
  const send = async (operation: Operation) => {
    const query = operation.id === 'audit_list' ? `?limit=100&to=${until}` : '';
    const path = fillPath(operation.path, acme.places) + query;
    const answer = await client.sendAs(acme.organization.owner, { method: 'get', path });
    return { path, ...observable(answer) };
  };
  return await Promise.all(reads.map(send));
}

async function addMember({ organization }: Fixture, { email }: BuiltUser, role: string): Promise<void> {
  await app.http(organization.owner, organization.id).post('/api/v1/members').send({ email, role }).expect(201);
}

async function ownRows(): Promise<object> {
  return await witness.checksums(acme.organization.id, { withRecords: false });
}

beforeAll(async () => {
  witness = await Witness.open();
  client = new RawClient(app.url);
  acme = await buildFixture(app, api, `own-${randomUUID().slice(0, 18)}`);
  spare = await buildFixture(app, api, `spare-${randomUUID().slice(0, 18)}`);
  stranger = await buildUser(app);
  both = await buildUser(app);
  await addMember(acme, both, 'OWNER');
  const filledAt = new Date().toISOString();
  readAlone = await readAll(filledAt);
  globex = await buildFixture(app, api, `CANARY-${randomUUID().slice(0, 18)}`);
  await addMember(globex, both, 'MEMBER');
  readBeside = await readAll(filledAt);
  foreignRows = await witness.checksums(globex.organization.id);
  foreignIds = await witness.ids(globex.organization.id);
  // This person belongs to both: what it is called by may be seen in the first. What is published may be seen anywhere.
  for (const id of foreignIds)
    if (id === globex.places['/published-properties/{id}']) foreignIds.delete(id);
    else if (JSON.stringify(both).includes(id) && id !== globex.organization.id) foreignIds.delete(id);
});
afterAll(async () => {
  client.close();
  await witness.close();
  await app.stop();
});

describe('the OpenAPI document', () => {
  it('lists every registered route, and nothing else', () => {
    const registered = listRegisteredRoutes(app).filter((route) => !NOT_API.test(route));
    expect(operations.map(([route]) => route).sort()).toEqual(registered.sort());
  });

  it('belongs to routes that say who may call them', () => {
    expect(operations.filter(([, { stance }]) => !stance).map(([route]) => route)).toEqual([]);
  });
});

describe('the twin organizations', () => {
  it('hold a row with the marker in every table, or say why not', async () => {
    const tables = await witness.tablesWithout(globex.marker, globex.organization.id);
    expect(tables.filter((table) => !WITHOUT_MARKER.includes(table))).toEqual([]);
  });
});

describe('reading', () => {
  it('gives byte for byte the same, whether or not another organization has rows', () => {
    expect(readBeside).toEqual(readAlone);
  });
});

describe.each(operations)('%s', (_route, operation) => {
  it('serves an owner (on platform routes a superuser) as it is documented', async () => {
    const fixture = await spareFor(operation);
    const { organization, places, ids } = fixture;
    const body = bodyOf(api, operation, fixture);
    const as = callerOf(operation, fixture);
    // People of the platform see the names of all organizations, and there are only jobs that have ended.
    const isDirectory = operation.path === '/api/v1/platform/organizations';
    const query = isDirectory ? { query: withRequired(operation, `?search=${organization.slug}`) } : {};
    if (operation.path.endsWith('/cancellation'))
      await askAsSuperuser(`UPDATE jobs SET state = 'QUEUED' WHERE id = $1`, [places['/jobs/{id}']]);
    const answer = await attempt(as, operation, { places, ids, organization: organization.id, body, ...query });
    expect([answer.status < 400, answer.text]).toEqual([true, answer.text]);
    expect(differencesFrom(api, operation, answer)).toEqual([]);
  });
});

describe.each(guarded)('%s', (_route, operation) => {
  it('C11 S3-5 refuses nobody, and whoever is not a member', async () => {
    const before = await ownRows();
    const nobody = await attempt(null, operation);
    expect(nobody).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    expect(differencesFrom(api, operation, nobody)).toEqual([]);
    const names = [acme.organization, globex.organization].flatMap(({ id, slug }) => [id, slug]);
    const unknown = [randomUUID(), `unknown-${randomUUID()}`];
    const refused = await Promise.all(
      [...names, ...unknown].map((organization) => attempt(stranger, operation, { organization })),
    );
    for (const answer of refused) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'ORGANIZATION_NOT_FOUND' } });
      expect(observable(answer)).toEqual(observable(refused.at(-1) as RawAnswer));
      expect(differencesFrom(api, operation, answer)).toEqual([]);
    }
    const foreign = await attempt(acme.organization.owner, operation, { organization: globex.organization.slug });
    expect(observable(foreign)).toEqual(observable(refused.at(-1) as RawAnswer));
    expect(await ownRows()).toEqual(before);
  });

  it('refuses a header that names two organizations', async () => {
    const [own, other] = [acme.organization.id, globex.organization.id];
    const headers = [[own, other], [other, own], `${own},${other}`, `${own}, ${other}`, `${other} ${own}`];
    for (const value of headers) {
      const answer = await attempt(both, operation, { headers: { 'X-Organization-Id': value } });
      expect(answer).toMatchObject({ status: 404, body: { code: 'ORGANIZATION_NOT_FOUND' } });
    }
  });
});

describe.each(scoped)('%s', (_route, operation) => {
  it('refuses a role that is too low, and a role that counts elsewhere', async () => {
    const required = operation.stance?.kind === 'organization' ? operation.stance.role : 'MEMBER';
    const before = await ownRows();
    const tooLow = { MEMBER: [], ADMIN: [acme.member], OWNER: [acme.member, acme.admin] }[required];
    for (const user of tooLow) {
      const answer = await attempt(user, operation);
      expect(answer).toMatchObject({ status: 403, body: { code: 'ROLE_TOO_LOW' } });
      expect(differencesFrom(api, operation, answer)).toEqual([]);
    }
    if (required !== 'MEMBER') {
      const { organization, places, ids } = globex;
      const refused = await attempt(both, operation, { organization: organization.id, places, ids });
      expect(refused).toMatchObject({ status: 403, body: { code: 'ROLE_TOO_LOW' } });
    }
    expect(await ownRows()).toEqual(before);
  });

  it('S0-13 answers for a row of another organization as for one that does not exist', async () => {
    const references = referencesIn(operation, acme);
    for (const variant of variantsOf(operation)) {
      for (const places of mixtures(references)) {
        const absent = await attempt(acme.organization.owner, operation, { ...variant, places: places.absent });
        const foreign = await attempt(acme.organization.owner, operation, { ...variant, places: places.foreign });
        expect(observable(foreign)).toEqual(observable(absent));
        expect(foreign.status).toBeGreaterThanOrEqual(400);
        expect(differencesFrom(api, operation, foreign)).toEqual([]);
      }
    }
    for (const field of referencedFields(operation)) {
      const absent = await attempt(acme.organization.owner, operation, { ids: { ...acme.ids, [field]: randomUUID() } });
      const foreign = await attempt(acme.organization.owner, operation, {
        ids: { ...acme.ids, [field]: globex.ids[field] as string },
      });
      expect(observable(foreign)).toEqual(observable(absent));
    }
  });

  it('refuses an organization that is named anywhere but in its place', async () => {
    const { id } = globex.organization;
    const { organization, places, ids } = operation.method === 'delete' ? spare : acme;
    const before = await witness.checksums(organization.id, { withRecords: false });
    const refused = async (name: string, forged: Attempt) => {
      const own = { places, ids, organization: organization.id, ...forged };
      const answer = await attempt(organization.owner, operation, own);
      expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED', errors: [{ path: name }] } });
    };
    for (const name of SPELLINGS) await refused(name, { query: `?${name}=${id}` });
    for (const name of ['organization[id]', 'where[organizationId]', 'organizationId[not]']) {
      await refused(name, { query: `?${encodeURIComponent(name)}=${id}` });
    }
    const named = SPELLINGS.map((name) => ({ [name]: id }));
    const nested = [
      { organization: { connect: { id } } },
      { organization: id },
      { data: { organizationId: id } },
      { product: 'realestate' },
    ];
    for (const forged of [...named, ...nested]) {
      const body = { ...bodyOf(api, operation, acme, ids), ...forged };
      await refused(Object.keys(forged)[0] as string, { body });
    }
    for (const [field, inner] of nestedObjects(operation)) {
      const body = { ...bodyOf(api, operation, acme, ids), [field]: { ...inner, organizationId: id } };
      await refused(`${field}.organizationId`, { body });
    }
    expect(await witness.checksums(organization.id, { withRecords: false })).toEqual(before);
  });
});

/** Changes go to an organization that no other test reads; what ends a row or a log-in gets one of its own. */
async function spareFor({ method, id, path }: Operation): Promise<Fixture> {
  // Feedback is counted by question, and the spare one's is not published any more.
  if (method === 'get' || path.endsWith('/feedback')) return acme;
  return method === 'delete' || ['auth_logout', 'session_logoutAll'].includes(id)
    ? await buildFixture(app, api, `own-${randomUUID().slice(0, 8)}`)
    : spare;
}

/** The objects with fields of their own inside a body; those of the caller's own shape are not read as ours. */
function nestedObjects({ body }: Operation): [string, object][] {
  const fields = Object.entries(body?.properties ?? {}).filter(([, schema]) => api.resolve(schema).properties);
  return fields.map(([name, schema]) => [name, exampleOf(api, schema, acme, name) as object]);
}

/** Ways to ask for a row that could make it matter whether the row exists. */
function variantsOf(operation: Operation): Attempt[] {
  const invalid: Attempt[] = operation.body ? [{ body: {} }, { body: { nobodyKnowsThis: 1 } }, { body: [] }] : [];
  const versions = ['"1"', '"999"', 'W/"1"', '*'].flatMap((tag): Attempt[] => [
    { headers: { 'If-Match': tag } },
    { headers: { 'If-None-Match': tag } },
  ]);
  return [{}, ...invalid, ...(operation.answers['412'] ? versions : [])];
}

/** Each way to put foreign rows in the places of a path, next to the same with rows that nobody has. */
function mixtures(references: readonly string[]): { foreign: Fixture['places']; absent: Fixture['places'] }[] {
  const unknown = unknownLike(globex).places;
  const subsets =
    references.length === 0
      ? []
      : [references, ...(references.length > 1 ? references.map((reference) => [reference]) : [])];
  const put = (names: readonly string[], from: Fixture['places']) => ({
    ...acme.places,
    ...Object.fromEntries(names.map((name) => [name, from[name] as string])),
  });
  return subsets.map((names) => ({ foreign: put(names, globex.places), absent: put(names, unknown) }));
}

/** Names of fields and query parameters that refer to rows. */
function referencedFields(operation: Operation): string[] {
  const text = `${JSON.stringify(operation.body && bodyOf(api, operation, acme))} ${queryOf(api, operation, acme.ids)}`;
  return Object.entries(acme.ids)
    .filter(([name, id]) => [`"${name}":`, `${name}=`].some((said) => text.includes(said)) && text.includes(id))
    .map(([name]) => name);
}
