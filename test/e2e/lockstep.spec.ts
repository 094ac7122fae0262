import { randomInt, randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { AccessService } from '../../src/features/memberships/access.service.js';
import { REDIS } from '../../src/platform/redis/redis.module.js';
import { type ActorClaim, MembershipResolver } from '../../src/tenancy/index.js';
import { build, buildBusiness, buildClient, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { RawClient } from '../support/open-api-request.js';
import { TestApp } from '../support/test-app.js';

const CONNECTIONS = 40;
const DURATION_MS = 10_000;
const ROWS = 10;

interface Half {
  readonly name: string;
  readonly organization: BuiltOrganization;
  /** Addresses of its rows. */
  readonly rows: string[];
}

let app: TestApp;
let client: RawClient;
let halves: [Half, Half];
let checks = 0;

/** Asks Redis before the database: replies that come in one packet let requests of two organizations go on in one tick. */
function checkedByRedis(access: AccessService, redis: Redis): MembershipResolver {
  return {
    resolve: async (claim: ActorClaim, organization: string | undefined) => {
      await redis.get(`session:${claim.sessionId}`);
      checks += 1;
      return await access.resolve(claim, organization);
    },
    find: access.find.bind(access),
    findSystemActor: access.findSystemActor.bind(access),
  };
}

beforeAll(async () => {
  app = await TestApp.start({
    override: (builder) =>
      builder
        .overrideProvider(MembershipResolver)
        .useFactory({ factory: checkedByRedis, inject: [AccessService, REDIS] }),
  });
  client = new RawClient(app.url, CONNECTIONS);
  halves = [await buildHalf('one'), await buildHalf('two')];
});
afterAll(async () => {
  client.close();
  await app.stop();
});

async function buildHalf(name: string): Promise<Half> {
  const organization = await buildOrganization(app, `${name} ${randomUUID()}`);
  const rows: string[] = [];
  for (let number = 0; number < ROWS; number += 1) {
    const business = await buildBusiness(app, organization, `${name} ${number}`);
    const { id } = await buildClient(app, organization, { name: `${name} ${number}` });
    const project = await build(app, organization, `/clients/${id}/seo-projects`, { name: `${name} ${number}` });
    rows.push(`/businesses/${business.id}`, `/clients/${id}`, `/clients/${id}/data`, `/seo-projects/${project.id}`);
  }
  return { name, organization, rows };
}

describe('two organizations in lockstep', () => {
  it('S0-14 S1-2 read by id through a Redis-backed check: no foreign row, and none of their own missing', async () => {
    const seen = { reads: 0, foreign: 0, missing: 0, other: 0 };
    const deadline = Date.now() + DURATION_MS;
    const read = async (): Promise<void> => {
      const own = halves[randomInt(2)] as Half;
      const other = halves[1 - halves.indexOf(own)] as Half;
      const isForeign = randomInt(2) === 0;
      const { rows } = isForeign ? other : own;
      const path = `/api/v1${rows[randomInt(rows.length)]}`;
      const { status, body } = await client.sendAs(own.organization.owner, { method: 'get', path });
      const isShown = status === 200;
      seen.reads += 1;
      if (isShown && !(body as { name: string }).name.startsWith(`${own.name} `)) seen.foreign += 1;
      else if (isForeign && isShown) seen.foreign += 1;
      else if (!isForeign && status === 404) seen.missing += 1;
      else if (![200, 404].includes(status)) seen.other += 1;
    };
    const connection = async () => {
      while (Date.now() < deadline) await read();
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, connection));
    expect(seen).toEqual({ reads: expect.any(Number), foreign: 0, missing: 0, other: 0 });
    // Fewer would prove little: the leak that this looks for showed in every second foreign read.
    expect(seen.reads).toBeGreaterThan(1_000);
    expect(checks).toBeGreaterThanOrEqual(seen.reads);
  }, 60_000);
});

describe('one connection', () => {
  it('S1-3 carries nothing from a request to the next, also after errors', async () => {
    const line = new RawClient(app.url, 1);
    const [one, two] = halves;
    const current = { method: 'get', path: '/api/v1/organizations/current' };
    const failures = [
      { method: 'get', path: `/api/v1${two.rows[0]}` },
      { method: 'get', path: '/api/v1/clients/x' },
      { method: 'post', path: '/api/v1/businesses', body: '{' },
      { method: 'post', path: '/api/v1/businesses', body: '{}' },
      { method: 'patch', path: `/api/v1${one.rows[0]}`, body: '{"name":"New"}', headers: { 'if-match': '"99"' } },
      { ...current, organization: two.organization.id },
    ];
    for (const failure of failures) {
      expect((await line.sendAs(one.organization.owner, failure)).status).toBeGreaterThanOrEqual(400);
      expect((await line.sendAs(null, current)).status).toBe(401);
      expect(await line.sendAs(two.organization.owner, current)).toMatchObject({
        status: 200,
        body: { id: two.organization.id },
      });
      expect(await line.sendAs(one.organization.owner, current)).toMatchObject({
        status: 200,
        body: { id: one.organization.id },
      });
    }
    line.close();
  });
});
