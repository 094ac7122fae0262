import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { limitKeys } from '../../src/platform/limits/limit-keys.js';
import { REDIS } from '../../src/platform/redis/redis.module.js';
import { PASSWORD } from '../support/builders.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { observable, problemDefects, RawClient } from '../support/open-api-request.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import { environmentFor } from '../support/test-environment.js';
import { times } from '../support/long-form.js';

const GUESSES = times({ suite: 500, drill: 5_000 });
const FREE_AT_ADDRESS = 20;
const FREE_FROM_SOURCE = 100;
const ENVIRONMENT = { RATE_LIMIT_PER_MINUTE: '1000000', TRUST_PROXY: '1' };
const HOME = '198.51.100.7';

describe('sign-in limits', () => {
  let proxy: FaultProxy;
  let app: TestApp;
  let client: RawClient;

  beforeAll(async () => {
    const redisUrl = environmentFor()['REDIS_URL'] as string;
    proxy = await FaultProxy.start(redisUrl);
    app = await TestApp.start({ environment: { ...ENVIRONMENT, REDIS_URL: proxy.url(redisUrl) } });
    client = new RawClient(app.url, 16);
  });
  beforeEach(async () => {
    const redis = app.nest.get<Redis>(REDIS);
    for (const key of await redis.keys('*:attempts:*')) await redis.del(key.replace(/^\w+:/, ''));
  });
  afterAll(async () => {
    client.close();
    await app.stop();
    await proxy.stop();
  });

  const post = async (path: string, source: string, body: object) =>
    await client.send({
      method: 'post',
      path: `/api/v1/auth/${path}`,
      headers: { 'x-forwarded-for': source, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const login = async (email: string, password: string, source: string) =>
    await post('login', source, { email, password });
  const register = async (source = HOME, email = `user-${randomUUID()}@example.test`) => {
    const answer = await post('register', source, { email, password: PASSWORD, firstName: 'A', lastName: 'B' });
    return { email, answer };
  };
  const sourceOf = (number: number) => `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
  /** Guesses from another source each time, many at once. */
  const guess = async (email: string, times: number, from = 0) => {
    const statuses = new Map<number, number>();
    const numbers = Array.from({ length: times }, (_, index) => from + index).values();
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (const number of numbers) {
          const { status } = await login(email, `wrong guess ${number}`, sourceOf(number));
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      }),
    );
    return statuses;
  };

  /** As after many guesses: nobody tries this address for so long. */
  const delay = async (email: string, delayMs = 600_000) => {
    const state = { count: 40, until: Date.now() + delayMs };
    await app.nest.get<Redis>(REDIS).hset(limitKeys.attemptsAt('login', email), state);
  };

  it(`withstand ${GUESSES} guesses from many sources, and let the owner in from where it has been before`, async () => {
    const { email } = await register();
    expect((await login(email, PASSWORD, HOME)).status).toBe(200);
    const statuses = await guess(email, GUESSES);
    // After the free ones, one for each delay that ended meanwhile: 1 s, 2 s, 4 s, ...
    const tried = statuses.get(401) ?? 0;
    expect(tried).toBeGreaterThanOrEqual(FREE_AT_ADDRESS);
    expect(tried).toBeLessThanOrEqual(FREE_AT_ADDRESS + 8);
    expect(statuses.get(429)).toBe(GUESSES - tried);
    expect((await login(email, PASSWORD, HOME)).status).toBe(200);
    // So that it does not end at this very moment.
    await delay(email);
    const elsewhere = await login(email, PASSWORD, '192.0.2.99');
    expect(elsewhere).toMatchObject({ status: 429, body: { code: 'TOO_MANY_ATTEMPTS' } });
    expect(problemDefects(elsewhere)).toEqual([]);
    expect(Number(elsewhere.headers['retry-after'])).toBeLessThanOrEqual(15 * 60);
    const events = await askAsSuperuser(
      `SELECT 1 FROM security_events WHERE action = 'login.delayed' AND occurred_at > now() - interval '2 minutes'`,
    );
    expect(events.length).toBeGreaterThan(0);
  }, 120_000);

  it('delay who guesses from a known source as well', async () => {
    const { email } = await register();
    await delay(email);
    const own: number[] = [];
    for (let count = 0; count < FREE_AT_ADDRESS + 2; count += 1)
      own.push((await login(email, 'mistyped password', HOME)).status);
    expect(own.slice(0, FREE_AT_ADDRESS)).toEqual(Array(FREE_AT_ADDRESS).fill(401));
    expect(own).toContain(429);
  });

  it('answer alike for addresses with and without account', async () => {
    const { email } = await register();
    const unknown = `nobody-${randomUUID()}@example.test`;
    const guesses = [await guess(email, FREE_AT_ADDRESS + 5), await guess(unknown, FREE_AT_ADDRESS + 5, 1_000)];
    for (const statuses of guesses) {
      expect([...statuses.keys()].sort()).toEqual([401, 429]);
      expect(statuses.get(401)).toBeGreaterThanOrEqual(FREE_AT_ADDRESS);
    }
    for (const address of [email, unknown]) await delay(address);
    const answers = [await login(email, PASSWORD, '192.0.2.50'), await login(unknown, PASSWORD, '192.0.2.50')];
    const comparable = answers.map((answer) => {
      const { headers, ...rest } = observable(answer) as { headers: Record<string, unknown> };
      for (const name of Object.keys(headers)) if (/^(ratelimit|retry)-/.test(name)) delete headers[name];
      return { ...rest, headers };
    });
    expect(comparable[0]).toEqual(comparable[1]);
    expect(answers[0]?.status).toBe(429);
  });

  it('delay a source that guesses at many addresses, and do not count who logs in rightly', async () => {
    const source = '192.0.2.10';
    const { email } = await register();
    for (let count = 0; count < 3; count += 1) expect((await login(email, PASSWORD, source)).status).toBe(200);
    const statuses: number[] = [];
    for (let count = 0; count < FREE_FROM_SOURCE + 3; count += 1)
      statuses.push((await login(`victim-${randomUUID()}@example.test`, 'Summer2026', source)).status);
    expect(statuses.slice(0, FREE_FROM_SOURCE - 1).every((status) => status === 401)).toBe(true);
    expect(statuses).toContain(429);
    expect((await login(email, PASSWORD, HOME)).status).toBe(200);
  });

  it('let a delay end', async () => {
    const { email } = await register();
    await delay(email, 1_000);
    const refused = await login(email, PASSWORD, '192.0.2.60');
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect((await login(email, PASSWORD, '192.0.2.60')).status).toBe(200);
    expect((await login(email, 'wrong', '192.0.2.61')).status).toBe(401);
  });

  it('hold for registrations of one address and from one source', async () => {
    const email = `taken-${randomUUID()}@example.test`;
    const statuses: number[] = [];
    for (let count = 0; count < 7; count += 1) statuses.push((await register(sourceOf(count), email)).answer.status);
    expect(statuses).toEqual([201, 409, 409, 409, 409, 429, 429]);
  });

  it('hold for links by mail, with and without account', async () => {
    const { email } = await register();
    for (const address of [email, `nobody-${randomUUID()}@example.test`]) {
      const statuses: number[] = [];
      for (let count = 0; count < 4; count += 1)
        statuses.push((await post('password-resets', sourceOf(count), { email: address })).status);
      expect(statuses).toEqual([202, 202, 202, 429]);
    }
  });

  it('hold for whoever has a log-in and guesses its password', async () => {
    const { answer } = await register();
    const { accessToken } = answer.body as { accessToken: string };
    const change = async (currentPassword: string) => {
      const http = app.http({ accessToken }).put('/api/v1/auth/password');
      return (await http.send({ currentPassword, newPassword: 'another correct horse' })).status;
    };
    const statuses: number[] = [];
    for (let count = 0; count < 6; count += 1) statuses.push(await change(`guess number ${count}`));
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429]);
    expect(await change(PASSWORD)).toBe(429);
  });

  it('hold in each process by itself while Redis is down', async () => {
    const { email } = await register();
    expect((await login(email, PASSWORD, HOME)).status).toBe(200);
    await proxy.refuse();
    const statuses = await guess(email, FREE_AT_ADDRESS + 10);
    expect(statuses.get(401)).toBeGreaterThanOrEqual(FREE_AT_ADDRESS);
    expect(statuses.get(429)).toBeGreaterThan(0);
    expect((await login(email, PASSWORD, HOME)).status).toBe(200);
    await proxy.resume();
  });
});
