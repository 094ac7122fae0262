import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { REDIS } from '../../src/platform/redis/redis.module.js';
import { buildMember, buildOrganization, type BuiltOrganization, type BuiltUser } from '../support/builders.js';
import { eventually, FaultProxy } from '../support/fault-proxy.js';
import { problemDefects, type RawAnswer, RawClient } from '../support/open-api-request.js';
import { TestApp } from '../support/test-app.js';
import { environmentFor } from '../support/test-environment.js';

const LIMIT = 40;
/** A bucket of this size gets a new token every 1.5 s: while a test runs, a few. */
const REFILLED = 10;
const ENVIRONMENT = { RATE_LIMIT_PER_MINUTE: String(LIMIT), TRUST_PROXY: '1' };

describe('rate limits', () => {
  let proxy: FaultProxy;
  let app: TestApp;
  let client: RawClient;

  beforeAll(async () => {
    const redisUrl = environmentFor()['REDIS_URL'] as string;
    proxy = await FaultProxy.start(redisUrl);
    app = await TestApp.start({ environment: { ...ENVIRONMENT, REDIS_URL: proxy.url(redisUrl) } });
    client = new RawClient(app.url, 8);
    await eventually(async () => {
      await app.nest.get<Redis>(REDIS).ping();
    });
  });
  beforeEach(async () => await forgetSources());
  afterAll(async () => {
    client.close();
    await app.stop();
    await proxy.stop();
  });

  /** The builders' requests come from here; what they took of its bucket must not be missed by the next test. */
  const forgetSources = async () => {
    const redis = app.nest.get<Redis>(REDIS);
    const keys = await redis.keys('*:source:*').catch(() => []);
    for (const key of keys) await redis.del(key.replace(/^\w+:/, ''));
  };
  const read = async (as: BuiltUser, organization: BuiltOrganization, from = client) =>
    await from.sendAs(as, { method: 'get', path: '/api/v1/businesses?limit=1', organization: organization.id });
  const repeat = async (times: number, send: () => Promise<RawAnswer>) => {
    const answers: RawAnswer[] = [];
    for (let count = 0; count < times; count += 1) answers.push(await send());
    return answers;
  };
  const isLimited = ({ status }: RawAnswer) => status === 429;
  const exhaust = async (send: () => Promise<RawAnswer>) => {
    const answers = await repeat(LIMIT + REFILLED, send);
    expect(answers.slice(0, LIMIT - 3).filter(isLimited)).toEqual([]);
    const refused = answers.find(isLimited);
    if (!refused) throw new Error('No request was refused.');
    return refused;
  };
  const anonymous = async (source: string, headers: Record<string, string> = {}) =>
    await client.send({
      method: 'post',
      path: '/api/v1/auth/refresh',
      headers: { 'x-forwarded-for': source, 'content-type': 'application/json', ...headers },
      body: '{}',
    });

  it('refuse an organization’s requests above its limit, say when to come back, and leave others alone', async () => {
    const [acme, globex] = [await buildOrganization(app), await buildOrganization(app)];
    const both = globex.owner;
    await app.http(acme.owner, acme.id).post('/api/v1/members').send({ email: both.email, role: 'MEMBER' }).expect(201);
    const first = await read(acme.owner, acme);
    expect(first.headers).toMatchObject({ 'ratelimit-limit': String(LIMIT) });
    expect(Number(first.headers['ratelimit-remaining'])).toBeLessThan(LIMIT);
    const refused = await exhaust(() => read(acme.owner, acme)).catch(() => read(acme.owner, acme));
    expect(refused).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED' } });
    expect(problemDefects(refused)).toEqual([]);
    expect(refused.headers).toMatchObject({ 'ratelimit-remaining': '0' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(2);
    expect((await repeat(8, () => read(both, acme))).some(isLimited)).toBe(true);
    expect((await repeat(8, () => read(both, globex))).some(isLimited)).toBe(false);
  });

  it('are one for all processes', async () => {
    const acme = await buildOrganization(app);
    await exhaust(() => read(acme.owner, acme));
    const second = await TestApp.start({ environment: ENVIRONMENT });
    const other = new RawClient(second.url, 1);
    const answers = await repeat(8, () => read(acme.owner, acme, other));
    expect(answers.some(isLimited)).toBe(true);
    other.close();
    await second.stop();
  });

  it('keep one caller from taking all that its organization has, where that is set', async () => {
    const own = await TestApp.start({ environment: { ...ENVIRONMENT, RATE_LIMIT_PER_ACTOR_PER_MINUTE: '10' } });
    const from = new RawClient(own.url, 1);
    const acme = await buildOrganization(own);
    const member = await buildMember(own, acme);
    const answers = await repeat(18, () => read(acme.owner, acme, from));
    expect(answers.some(isLimited)).toBe(true);
    expect(answers[0]?.headers['ratelimit-limit']).toBe('10');
    expect(isLimited(await read(member, acme, from))).toBe(false);
    from.close();
    await own.stop();
  });

  it('count who is not logged in by source, an IPv6 customer as one, and failed tokens as well', async () => {
    await exhaust(() => anonymous('203.0.113.1'));
    expect(isLimited(await anonymous('203.0.113.2'))).toBe(false);
    let host = 0;
    await exhaust(() => anonymous(`2001:db8:1:2::${(host += 1).toString(16)}`));
    expect(isLimited(await anonymous('2001:db8:1:3::1'))).toBe(false);
    const forged = async (source: string, token = 'forged') =>
      await client.send({
        method: 'get',
        path: '/api/v1/auth/me',
        headers: { 'x-forwarded-for': source, authorization: `Bearer ${token}` },
      });
    expect((await forged('203.0.113.3')).status).toBe(401);
    await exhaust(() => forged('203.0.113.4'));
    const { owner } = await buildOrganization(app);
    expect((await forged('203.0.113.4', owner.accessToken)).status).toBe(200);
  });

  it('count refusals of a caller against the caller', async () => {
    const { owner } = await buildOrganization(app);
    const foreign = () => client.sendAs(owner, { method: 'get', path: '/api/v1/clients', organization: randomUUID() });
    expect((await foreign()).status).toBe(404);
    await exhaust(foreign).catch(() => undefined);
    expect((await repeat(4, foreign)).some(isLimited)).toBe(true);
  });

  it('do not hold for health and documentation', async () => {
    for (const path of ['/api/health/live', '/docs-json']) {
      const answers = await repeat(path.startsWith('/docs') ? 3 : LIMIT + REFILLED, () =>
        client.send({ method: 'get', path }),
      );
      expect(answers.every(({ status, headers }) => status === 200 && !headers['ratelimit-limit'])).toBe(true);
    }
  });

  it('hold in each process by itself while Redis is down, slow or silent', async () => {
    const [slow, silent, down] = [
      await buildOrganization(app),
      await buildOrganization(app),
      await buildOrganization(app),
    ];
    const expectFastAndLimited = async (organization: BuiltOrganization) => {
      const refused = await exhaust(() => read(organization.owner, organization));
      expect(refused.body).toMatchObject({ code: 'RATE_LIMITED' });
      expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
    };
    proxy.delayMs = 400;
    await expectFastAndLimited(slow);
    proxy.delayMs = 0;
    proxy.blackHole();
    const startedAt = performance.now();
    expect((await read(silent.owner, silent)).status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    await expectFastAndLimited(silent);
    await proxy.refuse();
    await expectFastAndLimited(down);
    await proxy.resume();
    const back = await buildOrganization(app);
    await eventually(async () => {
      const { headers } = await read(back.owner, back);
      // Only the bucket in Redis fills up within a few seconds; the local one counts a whole minute.
      if (Number(headers['ratelimit-reset']) > 30) throw new Error('still by itself');
    });
  });
});
