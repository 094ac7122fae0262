// cspell:ignore sess
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { ClerkEventWorker } from '../../src/features/clerk/clerk-event.worker.js';
import { buildMember, buildOrganization, buildSuperuser, buildUser, PASSWORD } from '../support/builders.js';
import { clerkEnvironment, eventOf, newClerkUserId, newSecret, sessionToken, sign } from '../support/clerk.js';
import { deliverMalformed, seedOf } from '../support/clerk-malformed.js';
import { eventually } from '../support/fault-proxy.js';
import { expectIndistinguishable } from '../support/expect-isolated.js';
import { times } from '../support/long-form.js';
import { SocketClient } from '../support/socket-client.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

const ROUTE = '/api/v1/webhooks/clerk';
const ME = '/api/v1/auth/me';
const secret = newSecret();
const former = newSecret();
const startedAt = Date.now() - 60_000;
/** A moment of the story that a test tells; the next one is later. */
const moment = (n: number) => new Date(startedAt + n * 1_000);

interface Stored {
  readonly type: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly deliveries: number;
  readonly data: object | null;
  readonly product: string;
}
interface Person {
  readonly id: string;
  readonly email: string;
  readonly first_name: string;
  readonly is_active: boolean;
  readonly password_hash: string | null;
}

let app: TestApp;

beforeAll(async () => {
  const environment = { ...clerkEnvironment(), CLERK_WEBHOOK_SECRET: `${secret},${former}` };
  app = await TestApp.start({ environment });
  app.get(ClerkEventWorker).start();
});
afterAll(async () => await app.stop());

async function deliver(body: string, headers = sign(body, secret)): Promise<number> {
  return (await fetch(app.url + ROUTE, { method: 'POST', headers, body })).status;
}

async function tell(...event: Parameters<typeof eventOf>): Promise<void> {
  expect(await deliver(eventOf(...event))).toBe(204);
  await untilSettled(event[1].id);
}

async function untilSettled(subject: string): Promise<Stored[]> {
  await eventually(async () => {
    expect((await eventsOf(subject)).filter(({ state }) => state === 'RECEIVED')).toEqual([]);
  }, 10_000);
  return await eventsOf(subject);
}

async function eventsOf(subject: string): Promise<Stored[]> {
  return await askAsSuperuser('SELECT * FROM webhook_events WHERE subject = $1 ORDER BY occurred_at', [subject]);
}

async function personOf(clerkUserId: string): Promise<Person | undefined> {
  return (await askAsSuperuser<Person>('SELECT * FROM users WHERE clerk_user_id = $1', [clerkUserId]))[0];
}

describe('webhooks of Clerk', () => {
  it('S4-9 S4-11 create, change and deactivate a person of the product, and keep the event without its data', async () => {
    const id = newClerkUserId();
    await tell('user.created', { id, firstName: 'Ada' }, moment(1));
    expect(await personOf(id)).toMatchObject({ email: `${id}@example.test`, first_name: 'Ada', is_active: true });
    await tell('user.updated', { id, firstName: 'Grace', email: `new-${id}@Example.test` }, moment(2));
    expect(await personOf(id)).toMatchObject({ email: `new-${id}@example.test`, first_name: 'Grace' });
    await tell('user.deleted', { id }, moment(3));
    expect(await personOf(id)).toMatchObject({ is_active: false });
    const kept = { state: 'APPLIED', data: null, deliveries: 1, product: 'bestays' };
    expect(await eventsOf(id)).toMatchObject([
      { ...kept, type: 'user.created', outcome: 'USER_CREATED' },
      { ...kept, type: 'user.updated', outcome: 'USER_UPDATED' },
      { ...kept, type: 'user.deleted', outcome: 'USER_DEACTIVATED' },
    ]);
  });

  it('S4-11 come to one state from 50 deliveries at once and out of order, with 10 forged ones among them', async () => {
    const id = newClerkUserId();
    const names = Array.from({ length: 25 }, (_, n) => `Name ${n}`);
    const events = names.map((firstName, n) =>
      eventOf(n === 0 ? 'user.created' : 'user.updated', { id, firstName }, moment(n)),
    );
    const genuine = events.flatMap((body) => {
      const headers = sign(body, secret);
      return [
        { body, headers },
        { body, headers },
      ];
    });
    const forged = Array.from({ length: 10 }, (_, n) => {
      const body = eventOf('user.updated', { id, firstName: 'Mallory' }, moment(100 + n));
      return { body, headers: sign(body, newSecret()) };
    });
    const all = [...genuine, ...forged].sort((one, other) =>
      one.headers['svix-signature'] < other.headers['svix-signature'] ? -1 : 1,
    );
    const statuses = await Promise.all(all.map(({ body, headers }) => deliver(body, headers)));
    expect(statuses.filter((status) => status === 204)).toHaveLength(50);
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    const stored = await untilSettled(id);
    expect(stored).toHaveLength(25);
    expect(stored.reduce((sum, { deliveries }) => sum + deliveries, 0)).toBe(50);
    expect(await askAsSuperuser('SELECT first_name, is_active FROM users WHERE clerk_user_id = $1', [id])).toEqual([
      { first_name: 'Name 24', is_active: true },
    ]);
  });

  it('let a deletion have the last word, also before the creation', async () => {
    const [late, never] = [newClerkUserId(), newClerkUserId()];
    await tell('user.deleted', { id: never }, moment(1));
    await tell('user.created', { id: never }, moment(2));
    expect(await personOf(never)).toBeUndefined();
    await tell('user.created', { id: late }, moment(1));
    await tell('user.deleted', { id: late }, moment(2));
    await tell('user.updated', { id: late, firstName: 'Back' }, moment(3));
    expect(await personOf(late)).toMatchObject({ is_active: false, first_name: 'Test' });
  });

  it('bring back whom Clerk had banned, and nobody whom this side deactivated', async () => {
    const [banned, removed] = [newClerkUserId(), newClerkUserId()];
    for (const id of [banned, removed]) await tell('user.created', { id }, moment(1));
    await tell('user.updated', { id: banned, banned: true }, moment(2));
    expect(await personOf(banned)).toMatchObject({ is_active: false });
    await tell('user.updated', { id: banned }, moment(3));
    expect(await personOf(banned)).toMatchObject({ is_active: true });
    await askAsSuperuser('UPDATE users SET is_active = false, deleted_by = $2 WHERE clerk_user_id = $1', [
      removed,
      randomUUID(),
    ]);
    await tell('user.updated', { id: removed, firstName: 'Still' }, moment(4));
    expect(await personOf(removed)).toMatchObject({ is_active: false, first_name: 'Still' });
  });

  it('link an account of a verified address, and leave nothing behind by which somebody else could come in', async () => {
    const squatter = await buildUser(app);
    const id = newClerkUserId();
    await tell('user.created', { id, email: squatter.email, isVerified: false }, moment(1));
    expect(await personOf(id)).toBeUndefined();
    await app.http(squatter).get(ME).expect(200);
    await tell('user.updated', { id, email: squatter.email }, moment(2));
    expect(await personOf(id)).toMatchObject({ id: squatter.user.id, password_hash: null });
    await app.http(squatter).get(ME).expect(401);
    await app.http().post('/api/v1/auth/login').send({ email: squatter.email, password: PASSWORD }).expect(401);
  });

  it('never take over an account of the platform, and wait for an address that somebody else has', async () => {
    const superuser = await buildSuperuser(app);
    const id = newClerkUserId();
    expect(await deliver(eventOf('user.created', { id, email: superuser.email }, moment(1)))).toBe(204);
    await eventually(
      async () => expect(await eventsOf(id)).toMatchObject([{ outcome: 'EMAIL_TAKEN', state: 'RECEIVED' }]),
      10_000,
    );
    await app.http(superuser).get(ME).expect(200);
    await askAsSuperuser('UPDATE users SET email = $2 WHERE email = $1', [superuser.email, `moved-${superuser.email}`]);
    await untilSettled(id);
    expect(await personOf(id)).toMatchObject({ email: superuser.email });
  });

  it('carry a new address into memberships', async () => {
    const organization = await buildOrganization(app);
    const member = await buildMember(app, organization);
    const id = newClerkUserId();
    await tell('user.created', { id, email: member.email }, moment(1));
    await tell('user.updated', { id, email: `moved-${member.email}` }, moment(2));
    const { body } = await app.http(organization.owner).get('/api/v1/members').expect(200);
    expect(JSON.stringify(body)).toContain(`moved-${member.email}`);
  });

  it('keep an event that nobody needs, and answer a repetition like the first time', async () => {
    const body = JSON.stringify({ type: 'email.created', data: { id: 'ema_1' } });
    const headers = sign(body, former);
    expect([await deliver(body, headers), await deliver(body, headers)]).toEqual([204, 204]);
    const text = 'SELECT state, deliveries, data FROM webhook_events WHERE external_id = $1';
    expect(await askAsSuperuser(text, [headers['svix-id']])).toEqual([{ state: 'IGNORED', deliveries: 2, data: null }]);
  });

  it('are refused unsigned, late, altered, too large, and where no secret is set', async () => {
    const body = eventOf('user.created', { id: newClerkUserId() }, moment(1));
    const late = sign(body, secret, { at: new Date(Date.now() - 301_000) });
    const fresh = sign(body, secret);
    expect(await deliver(body, { ...fresh, 'svix-signature': '' })).toBe(401);
    expect(await deliver(body, late)).toBe(401);
    expect(await deliver(`${body} `, fresh)).toBe(401);
    const large = JSON.stringify({ type: 'user.created', data: { id: 'user_1', padding: 'x'.repeat(110_000) } });
    expect(await deliver(large, sign(large, secret))).toBe(413);
    const future = eventOf('user.updated', { id: newClerkUserId() }, new Date(Date.now() + 3_600_000));
    expect(await deliver(future, sign(future, secret))).toBe(400);
  });

  it('S4-11 answer malformed bodies without a fault, and store nothing of them that they do not say', async () => {
    const [count, seed] = [times({ suite: 200, drill: 10_000 }), seedOf()];
    expect(await deliverMalformed(app.url + ROUTE, secret, count, seed)).toEqual({ seed, faults: [], stored: [] });
  }, 300_000);
});

describe('session tokens of Clerk', () => {
  const build = async () => {
    const id = newClerkUserId();
    await tell('user.created', { id }, moment(1));
    return id;
  };
  const get = async (accessToken: string, path = ME) => await app.http({ accessToken }).get(path);

  it('S4-10 are accepted beside our own, and become a log-in that can be listed and ended', async () => {
    const id = await build();
    const sid = `sess_${randomUUID()}`;
    const tokens = [await sessionToken(id, { sid }), await sessionToken(id, { sid, jti: randomUUID() })];
    const answers = await Promise.all(tokens.map((token) => get(token)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((answers[0]?.body as { user: { email: string } }).user.email).toBe(`${id}@example.test`);
    const [token = ''] = tokens;
    const { data } = (await get(token, '/api/v1/auth/sessions')).body as { data: { id: string; isCurrent: boolean }[] };
    expect(data).toMatchObject([{ isCurrent: true }]);
    await app.http({ accessToken: token }).post('/api/v1/auth/logout').expect(204);
    expect((await get(token)).status).toBe(401);
    expect((await get(await sessionToken(id, { sid, jti: randomUUID() }))).status).toBe(401);
    expect((await get(await sessionToken(id))).status).toBe(200);
  });

  it('work in an organization, over sockets too, and end with the session and with the person at Clerk', async () => {
    const id = await build();
    const organization = await buildOrganization(app);
    await app
      .http(organization.owner)
      .post('/api/v1/members')
      .send({ email: `${id}@example.test`, role: 'MEMBER' })
      .expect(201);
    const sid = `sess_${randomUUID()}`;
    const token = await sessionToken(id, { sid });
    await app.http({ accessToken: token }, organization.id).get('/api/v1/businesses').expect(200);
    const client = await SocketClient.connect(app.url, '/organization', { token, organizationId: organization.id });
    const ended = new Promise((resolve) => client.socket.once('disconnect', resolve));
    const body = JSON.stringify({ type: 'session.ended', data: { id: sid, user_id: id, status: 'ended' } });
    expect(await deliver(body)).toBe(204);
    expect(await ended).toBe('io server disconnect');
    client.close();
    expect((await get(token)).status).toBe(401);
    const next = await sessionToken(id);
    expect((await get(next)).status).toBe(200);
    await tell('user.updated', { id, banned: true }, moment(5));
    expect((await get(next)).status).toBe(401);
    expect((await get(await sessionToken(id))).status).toBe(401);
  });

  it('do not open a log-in again that Clerk ended before its first request', async () => {
    const id = await build();
    const sid = `sess_${randomUUID()}`;
    expect(await deliver(JSON.stringify({ type: 'session.revoked', data: { id: sid } }))).toBe(204);
    expect((await get(await sessionToken(id, { sid }))).status).toBe(401);
  });

  it('are refused when anything of them is not as it must be', async () => {
    const id = await build();
    const now = Math.floor(Date.now() / 1_000);
    const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const wrong: Record<string, Record<string, unknown>> = {
      'another key': { key },
      'another issuer': { iss: 'https://clerk.other.test' },
      'no issuer': { iss: undefined },
      'another site': { azp: 'https://evil.example.test' },
      expired: { exp: now - 10 },
      'no expiry': { exp: undefined },
      'not yet valid': { nbf: now + 60 },
      'no session': { sid: undefined },
      'not completed': { sts: 'pending' },
      'no such person': { sub: newClerkUserId() },
      'a secret made of the public key': {
        alg: 'HS256',
        key: new TextEncoder().encode(clerkEnvironment().CLERK_JWT_KEY),
      },
    };
    for (const [what, claims] of Object.entries(wrong)) {
      expect([what, (await get(await sessionToken(id, claims))).status]).toEqual([what, 401]);
    }
    expect((await get(await sessionToken(id, { azp: undefined }))).status).toBe(200);
  });
});

describe('GET /users/:clerkUserId', () => {
  const path = (id: string) => `/api/v1/users/${id}`;

  it('S4-12 answers the person itself and superusers, and everybody else as if there were nobody', async () => {
    const [id, other] = [newClerkUserId(), newClerkUserId()];
    for (const person of [id, other]) await tell('user.created', { id: person }, moment(1));
    const own = { accessToken: await sessionToken(id) };
    const { body } = await app.http(own).get(path(id)).expect(200);
    expect(body).toMatchObject({ clerkUserId: id, email: `${id}@example.test`, isActive: true });
    expect(JSON.stringify(body)).not.toContain('password');
    const superuser = app.http(await buildSuperuser(app));
    await superuser.get(path(id)).expect(200);
    await expectIndistinguishable(other, (target) => app.http(own).get(path(target)));
    await superuser.get(path('system_bestays')).expect(404);
    await app.http().get(path(id)).expect(401);
  });

  it('S4-12 gives 404 for a person of the other product', async () => {
    const id = newClerkUserId();
    await askAsSuperuser(
      `INSERT INTO users (id, product, email, first_name, last_name, clerk_user_id) VALUES ($1, 'realestate', $2, 'A', 'B', $3)`,
      [randomUUID(), `${id}@example.test`, id],
    );
    const superuser = app.http(await buildSuperuser(app));
    await expectIndistinguishable(id, (target) => superuser.get(path(target)));
    expect((await superuser.get(path(id))).status).toBe(404);
  });
});
