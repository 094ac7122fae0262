import { randomUUID } from 'node:crypto';
import { buildBusiness, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { eventually, FaultProxy } from '../support/fault-proxy.js';
import { problemDefects, type RawAnswer, RawClient, type RawRequest } from '../support/open-api-request.js';
import { Witness } from '../support/sweep-witness.js';
import { TestApp } from '../support/test-app.js';
import { environmentFor } from '../support/test-environment.js';

const DATABASES = ['DATABASE_URL', 'DATABASE_IDENTITY_URL', 'DATABASE_SYSTEM_URL'] as const;
/** A little more than the longest time-out of a statement (8 s): what takes longer hangs. */
const HANG_MS = 12_000;

interface Row {
  readonly id: string;
  readonly name: string;
}

let database: FaultProxy;
let redis: FaultProxy;
let environment: NodeJS.ProcessEnv;
let app: TestApp;
let client: RawClient;
let witness: Witness;
let organizations: { organization: BuiltOrganization; rows: Row[] }[];

beforeAll(async () => {
  const original = environmentFor();
  database = await FaultProxy.start(original['DATABASE_URL'] as string);
  redis = await FaultProxy.start(original['REDIS_URL'] as string);
  const urls = DATABASES.map((name) => [name, database.url(original[name] as string)]);
  environment = {
    ...Object.fromEntries(urls),
    REDIS_URL: redis.url(original['REDIS_URL'] as string),
    DATABASE_WAIT_MS: '1000',
  };
  app = await TestApp.start({ environment });
  client = new RawClient(app.url, 100);
  witness = await Witness.open();
  organizations = await Promise.all(
    ['own', 'foreign'].map(async (name) => {
      const organization = await buildOrganization(app, `${name} ${randomUUID()}`);
      const rows: Row[] = [];
      for (let number = 0; number < 5; number += 1) {
        const { id } = await buildBusiness(app, organization, `${name} ${number}`);
        rows.push({ id, name: `${name} ${number}` });
      }
      return { organization, rows };
    }),
  );
});
afterEach(async () => {
  await database.resume();
  await redis.resume();
});
afterAll(async () => {
  client.close();
  await app.stop();
  await witness.close();
  await database.stop();
  await redis.stop();
});

const owner = () => (organizations[0] as (typeof organizations)[0]).organization.owner;
const get = async (path: string): Promise<RawAnswer> => await client.sendAs(owner(), { method: 'get', path });
const unavailable = { status: 503, headers: { 'retry-after': '2' }, body: { code: 'DEPENDENCY_UNAVAILABLE' } };

/** One request by each way to the database: log-in, one statement, a statement with its record, a transaction. */
const requests = (): readonly (RawRequest & { readonly isAnonymous?: boolean })[] => [
  {
    method: 'post',
    path: '/api/v1/auth/login',
    body: JSON.stringify({ email: 'x@example.test', password: 'x' }),
    isAnonymous: true,
  },
  { method: 'get', path: '/api/v1/auth/me' },
  { method: 'get', path: '/api/v1/businesses' },
  { method: 'get', path: '/api/v1/clients' },
  { method: 'post', path: '/api/v1/businesses', body: JSON.stringify({ name: 'Outage', slug: randomUUID() }) },
];

async function sendAll(): Promise<RawAnswer[]> {
  return await Promise.all(
    requests().map(({ isAnonymous, ...request }) => client.sendAs(isAnonymous ? null : owner(), request)),
  );
}

function expectUnavailable(answers: readonly RawAnswer[], withinMs: number): void {
  for (const answer of answers) {
    expect(answer).toMatchObject(unavailable);
    expect(problemDefects(answer)).toEqual(['status 503']);
    expect(answer.durationMs).toBeLessThan(withinMs);
  }
}

async function expectServing(): Promise<void> {
  expect((await sendAll()).map(({ status }) => status)).toEqual([401, 200, 200, 200, 201]);
  expect(await get('/api/health/ready')).toMatchObject({
    status: 200,
    body: { status: 'ok', dependencies: { database: 'up', redis: 'up' } },
  });
}

/** Reads random rows of both organizations at once, and says of each answer whether it is right, late or wrong. */
async function readMixed(reads: number): Promise<Record<string, number>> {
  const seen: Record<string, number> = { right: 0, unavailable: 0 };
  const note = (what: string) => (seen[what] = (seen[what] ?? 0) + 1);
  const read = async (number: number) => {
    const mine = organizations[number % 2] as (typeof organizations)[0];
    const other = organizations[(number + 1) % 2] as (typeof organizations)[0];
    const isForeign = Math.random() < 0.5;
    const { id, name } = (isForeign ? other : mine).rows[number % 5] as Row;
    const { status, body } = await client.sendAs(mine.organization.owner, {
      method: 'get',
      path: `/api/v1/businesses/${id}`,
    });
    if (status === 503) return note('unavailable');
    if (isForeign) return note(status === 404 ? 'right' : `foreign ${status}`);
    return note(status === 200 && (body as Row).name === name ? 'right' : `own ${status}`);
  };
  await Promise.all(Array.from({ length: reads }, (_, number) => read(number)));
  return seen;
}

describe('while the database is down', () => {
  it('answers 503 at once, says so in /ready, lives on, and serves again without a restart', async () => {
    await expectServing();
    await database.refuse();
    expectUnavailable(await sendAll(), 3_000);
    expectUnavailable(await sendAll(), 3_000);
    expect(await get('/api/health/ready')).toMatchObject({
      status: 503,
      headers: { 'retry-after': '2' },
      body: { status: 'unavailable', dependencies: { database: 'down', redis: 'up' } },
    });
    expect(await get('/api/health')).toMatchObject({ status: 503 });
    expect(await get('/api/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
    await database.resume();
    await expectServing();
  });

  it('answers hundreds of requests at once with 503 each, and none later than the others', async () => {
    await database.refuse();
    const answers = (await Promise.all(Array.from({ length: 60 }, sendAll))).flat();
    expectUnavailable(answers, 5_000);
    await database.resume();
    await expectServing();
  });

  it('is not started half: it waits, and starts when the database answers', async () => {
    await database.refuse();
    const starting = TestApp.start({ environment });
    const isEarly = await Promise.race([
      starting.then(() => true),
      new Promise((resolve) => setTimeout(() => resolve(false), 1_500)),
    ]);
    expect(isEarly).toBe(false);
    await database.resume();
    const second = await starting;
    await second.http().get('/api/health/ready').expect(200);
    await second.stop();
  });
});

describe('when connections to the database break', () => {
  it('serves the next request over new ones', async () => {
    await expectServing();
    expect(database.reset()).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expectServing();
  });

  it('S1-2 gives no wrong row in the middle of queries, and none afterwards', async () => {
    const reading = Promise.all(Array.from({ length: 12 }, () => readMixed(150)));
    let broken = 0;
    for (let round = 0; round < 15; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      broken += database.reset();
    }
    const during = await reading;
    expect(broken).toBeGreaterThan(20);
    for (const seen of during) expect(Object.keys(seen).sort()).toEqual(['right', 'unavailable']);
    await eventually(async () => expect(await readMixed(50)).toEqual({ right: 50, unavailable: 0 }));
  });

  it('keeps every change that it acknowledged, and none of those it refused halfway', async () => {
    const { organization } = organizations[0] as (typeof organizations)[0];
    const acknowledged: string[] = [];
    const statuses = new Set<number>();
    const write = async (number: number) => {
      const { status, body } = await client.sendAs(owner(), {
        method: 'post',
        path: '/api/v1/businesses',
        body: JSON.stringify({ name: `Ledger ${number}`, slug: `ledger-${randomUUID()}` }),
      });
      statuses.add(status);
      if (status === 201) acknowledged.push((body as Row).id);
    };
    const writing = (async () => {
      for (let number = 0; number < 60; number += 1) await Promise.all(Array.from({ length: 10 }, () => write(number)));
    })();
    // At random moments, so that statements, BEGIN and COMMIT are hit alike.
    for (let round = 0; round < 60; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
      database.reset();
    }
    await writing;
    expect([...statuses].filter((status) => ![201, 503].includes(status))).toEqual([]);
    const kept = await witness.query<{ id: string }>('SELECT id FROM businesses WHERE organization_id = $1', [
      organization.id,
    ]);
    const recorded = await witness.query<{ id: string }>(
      `SELECT entity_id AS id FROM audit_logs WHERE organization_id = $1 AND action = 'business.created'`,
      [organization.id],
    );
    expect(acknowledged.filter((id) => !kept.some((row) => row.id === id))).toEqual([]);
    // Row and record are one transaction: neither is there without the other.
    expect(kept.map(({ id }) => id).sort()).toEqual(recorded.map(({ id }) => id).sort());
    expect(acknowledged.length).toBeGreaterThan(0);
  });
});

describe('when the database does not answer any more', () => {
  it('ends each request by a time-out, and does not use its connection again', async () => {
    await expectServing();
    const opened = database.opened;
    database.blackHole();
    const [answers, ready, live] = await Promise.all([sendAll(), get('/api/health/ready'), get('/api/health/live')]);
    expectUnavailable(answers, HANG_MS);
    expect(ready).toMatchObject({ status: 503, body: { dependencies: { database: 'down' } } });
    expect(ready.durationMs).toBeLessThan(3_000);
    expect(live.status).toBe(200);
    // The pools are used up by now: who comes later waits for a connection only.
    expectUnavailable(await Promise.all(Array.from({ length: 30 }, () => get('/api/v1/businesses'))), HANG_MS);
    await database.resume();
    await eventually(expectServing);
    expect(database.opened).toBeGreaterThan(opened);
    await eventually(async () => expect(await readMixed(50)).toEqual({ right: 50, unavailable: 0 }));
  });
});

describe('while Redis is down', () => {
  it('says so in /ready and keeps serving what the database can answer', async () => {
    await redis.refuse();
    const [ready, ...answers] = await Promise.all([get('/api/health/ready'), sendAll(), sendAll()]);
    expect(ready).toMatchObject({
      status: 503,
      body: { status: 'unavailable', dependencies: { database: 'up', redis: 'down' } },
    });
    expect(ready.durationMs).toBeLessThan(3_000);
    for (const answer of answers.flat()) {
      expect([200, 201, 401]).toContain(answer.status);
      expect(answer.durationMs).toBeLessThan(3_000);
    }
    await redis.resume();
    await eventually(expectServing);
  });

  it('does so while Redis takes connections and does not answer', async () => {
    redis.blackHole();
    const ready = await get('/api/health/ready');
    expect(ready).toMatchObject({ status: 503, body: { dependencies: { database: 'up', redis: 'down' } } });
    expect(ready.durationMs).toBeLessThan(3_000);
    expect((await sendAll()).map(({ status }) => status)).toEqual([401, 200, 200, 200, 201]);
    await redis.resume();
    await eventually(expectServing);
  });
});
