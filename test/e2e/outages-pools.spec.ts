import { randomUUID } from 'node:crypto';
import { buildBusiness, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { eventually, FaultProxy } from '../support/fault-proxy.js';
import { RawClient } from '../support/open-api-request.js';
import { TestApp } from '../support/test-app.js';
import { environmentFor } from '../support/test-environment.js';

const DATABASES = ['DATABASE_URL', 'DATABASE_IDENTITY_URL', 'DATABASE_SYSTEM_URL'] as const;
const original = environmentFor();
const unavailable = { status: 503, headers: { 'retry-after': '2' }, body: { code: 'DEPENDENCY_UNAVAILABLE' } };

interface Half {
  readonly organization: BuiltOrganization;
  readonly row: { readonly id: string; readonly name: string };
}

let halves: Half[];

beforeAll(async () => {
  const app = await TestApp.start();
  halves = [await buildHalf(app, 'one'), await buildHalf(app, 'two')];
  await app.stop();
});

async function buildHalf(app: TestApp, name: string): Promise<Half> {
  const organization = await buildOrganization(app);
  const { id } = await buildBusiness(app, organization, name);
  return { organization, row: { id, name } };
}

const owner = () => (halves[0] as Half).organization.owner;

describe('far from the database', () => {
  it('starts and serves, with 100 ms from here to there and back', async () => {
    const far = await FaultProxy.start(original['DATABASE_URL'] as string);
    far.delayMs = 50;
    const urls = DATABASES.map((name) => [name, far.url(original[name] as string)]);
    try {
      const distant = await TestApp.start({ environment: { ...Object.fromEntries(urls), DATABASE_WAIT_MS: '1000' } });
      await distant.http(owner()).get('/api/v1/businesses').expect(200);
      await distant.stop();
    } finally {
      await far.stop();
    }
  });
});

describe('while one role cannot reach the database', () => {
  it.each(['DATABASE_URL', 'DATABASE_IDENTITY_URL'] as const)(
    'is not ready without %s, and serves again without a restart',
    async (name) => {
      const proxy = await FaultProxy.start(original[name] as string);
      const half = await TestApp.start({ environment: { [name]: proxy.url(original[name] as string) } });
      const read = () => half.http(owner()).get('/api/v1/businesses');
      await read().expect(200);
      await proxy.refuse();
      await read().expect(503).expect('Retry-After', '2');
      const ready = await half.http().get('/api/health/ready');
      await proxy.resume();
      await read().expect(200);
      await half.stop();
      await proxy.stop();
      expect(ready).toMatchObject({ status: 503, body: { dependencies: { database: 'down' } } });
    },
  );
});

describe('with one connection', () => {
  it('answers many requests with 200 or 503, and nothing else', async () => {
    const small = await TestApp.start({ environment: { DATABASE_POOL_SIZE: '1', DATABASE_WAIT_MS: '1000' } });
    const crowd = new RawClient(small.url, 200);
    const sends = Array.from({ length: 200 }, async (_, number) => {
      const { organization, row } = halves[number % 2] as Half;
      const isWrite = number % 10 === 0;
      const path = isWrite ? '/api/v1/businesses' : `/api/v1/businesses/${row.id}`;
      const body = isWrite ? JSON.stringify({ name: 'In a crowd', slug: randomUUID() }) : undefined;
      const answer = await crowd.sendAs(organization.owner, { method: isWrite ? 'post' : 'get', path, body });
      if (answer.status === 503) expect(answer).toMatchObject(unavailable);
      else expect(answer).toMatchObject(isWrite ? { status: 201 } : { status: 200, body: row });
      return answer.status;
    });
    const statuses = await Promise.all(sends);
    expect(statuses.filter((status) => status !== 503).length).toBeGreaterThan(20);
    await eventually(async () =>
      expect((await crowd.sendAs(owner(), { method: 'get', path: '/api/v1/businesses' })).status).toBe(200),
    );
    crowd.close();
    await small.stop();
  });
});
