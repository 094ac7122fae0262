import { randomUUID } from 'node:crypto';
import { buildUser, type BuiltUser } from '../support/builders.js';
import { expectIndistinguishable } from '../support/expect-isolated.js';
import { buildLogin, sessionOf } from '../support/log-ins.js';
import { BearerClient, expectUnauthenticated } from '../support/open-api-bearer.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

interface Row {
  readonly id: string;
  readonly userAgent: string;
  readonly isCurrent: boolean;
  readonly isActive: boolean;
}

let app: TestApp;
/** Another process on the same database. */
let other: TestApp;
let client: BearerClient;
let elsewhere: BearerClient;

beforeAll(async () => {
  app = await TestApp.start();
  other = await TestApp.start();
  client = new BearerClient(app.url);
  elsewhere = new BearerClient(other.url);
});
afterAll(async () => {
  client.close();
  elsewhere.close();
  await app.stop();
  await other.stop();
});

const list = async (user: Pick<BuiltUser, 'accessToken'>, query = '') =>
  ((await app.http(user).get(`/api/v1/auth/sessions${query}`).expect(200)).body as { data: Row[] }).data;

async function expectEnded(tokens: { accessToken: string; refreshToken: string }): Promise<void> {
  // First where it did not happen.
  expectUnauthenticated(await elsewhere.bear(tokens.accessToken), 'in another process');
  expectUnauthenticated(await client.bear(tokens.accessToken), 'in the same process');
  expect((await elsewhere.refresh(tokens.refreshToken)).status).toBe(401);
}

describe('my log-ins', () => {
  it('are listed with where they came from, the newest first, and which one asks', async () => {
    const user = await buildUser(app);
    const phone = await buildLogin(app, user.email, { userAgent: 'phone' });
    const rows = await list(phone);
    expect(rows).toEqual([
      expect.objectContaining({ id: phone.sessionId, userAgent: 'phone', isCurrent: true, isActive: true }),
      expect.objectContaining({ id: sessionOf(user), isCurrent: false, isActive: true }),
    ]);
    for (const row of rows) {
      expect(row).toMatchObject({
        ipAddress: expect.stringContaining('127.0.0.1') as string,
        createdAt: expect.any(String) as string,
        lastUsedAt: expect.any(String) as string,
        expiresAt: expect.any(String) as string,
      });
      expect(Object.keys(row).filter((name) => /token|hash/i.test(name))).toEqual([]);
    }
  });

  it('are mine only, and those that ended are shown on demand', async () => {
    const [user, stranger] = [await buildUser(app), await buildUser(app)];
    const ended = await buildLogin(app, user.email);
    await app.http(ended).post('/api/v1/auth/logout').expect(204);
    expect((await list(user)).map(({ id }) => id)).toEqual([sessionOf(user)]);
    const all = await list(user, '?includeInactive=true');
    expect(all.map(({ id, isActive }) => [id, isActive])).toEqual([
      [ended.sessionId, false],
      [sessionOf(user), true],
    ]);
    expect((await list(stranger)).map(({ id }) => id)).toEqual([sessionOf(stranger)]);
  });

  it('can be ended one by one; that counts from the next request on, in every process', async () => {
    const user = await buildUser(app);
    const lost = await buildLogin(app, user.email);
    expect((await elsewhere.bear(lost.accessToken)).status).toBe(200);
    await app.http(user).delete(`/api/v1/auth/sessions/${lost.sessionId}`).expect(204);
    await expectEnded(lost);
    await app.http(user).delete(`/api/v1/auth/sessions/${lost.sessionId}`).expect(404);
    expect((await client.bear(user.accessToken)).status).toBe(200);
    await app
      .http(user)
      .delete(`/api/v1/auth/sessions/${sessionOf(user)}`)
      .expect(204);
    await expectEnded(user);
  });

  it('are not ended by anybody else: another person’s is answered like none', async () => {
    const [user, stranger] = [await buildUser(app), await buildUser(app)];
    const http = app.http(stranger);
    await expectIndistinguishable(sessionOf(user), (id) => http.delete(`/api/v1/auth/sessions/${id}`));
    const { body } = await http.delete(`/api/v1/auth/sessions/${randomUUID()}`).expect(404);
    expect(body).toMatchObject({ code: 'SESSION_NOT_FOUND' });
    expect((await client.bear(user.accessToken)).status).toBe(200);
  });

  it('all end at once, and nobody else’s', async () => {
    const [user, stranger] = [await buildUser(app), await buildUser(app)];
    const more = [await buildLogin(app, user.email), await buildLogin(app, user.email)];
    await app.http(more[0]).post('/api/v1/auth/logout-all').expect(204);
    for (const tokens of [user, ...more]) await expectEnded(tokens);
    expect((await client.bear(stranger.accessToken)).status).toBe(200);
    await buildLogin(app, user.email);
  });

  it('S3-4 are on record when they end, also the attempt on another person’s', async () => {
    const [user, stranger] = [await buildUser(app), await buildUser(app)];
    const lost = await buildLogin(app, user.email);
    await app.http(stranger).delete(`/api/v1/auth/sessions/${lost.sessionId}`).expect(404);
    await app.http(user).delete(`/api/v1/auth/sessions/${lost.sessionId}`).expect(204);
    await app.http(user).post('/api/v1/auth/logout-all').expect(204);
    const events = await askAsSuperuser<{ action: string; actor_id: string; reason: string }>(
      `SELECT action, actor_id, reason FROM security_events WHERE actor_id = ANY ($1) AND action LIKE 'session.%' ORDER BY id`,
      [[user.user.id, stranger.user.id]],
    );
    expect(events).toEqual([
      { action: 'session.end-refused', actor_id: stranger.user.id, reason: lost.sessionId },
      { action: 'session.ended', actor_id: user.user.id, reason: lost.sessionId },
      { action: 'session.all-ended', actor_id: user.user.id, reason: 'sessions:1' },
    ]);
  });
});

describe('a refresh token that was copied', () => {
  it('ends the log-in of whoever used it first, and of whoever comes second', async () => {
    const user = await buildUser(app);
    const { body } = await client.refresh(user.refreshToken);
    expect(await elsewhere.refresh(user.refreshToken)).toMatchObject({
      status: 401,
      body: { code: 'REFRESH_TOKEN_INVALID' },
    });
    await expectEnded(body as BuiltUser);
    await expectEnded(user);
    const [row] = await askAsSuperuser<{ end_reason: string }>('SELECT end_reason FROM sessions WHERE id = $1', [
      sessionOf(user),
    ]);
    expect(row).toEqual({ end_reason: 'refresh token used twice' });
  });

  it('is used in two processes at once, 30 times: at most one is served, and nobody stays', async () => {
    for (let round = 0; round < 30; round += 1) {
      const user = await buildUser(app);
      const answers = await Promise.all([client.refresh(user.refreshToken), elsewhere.refresh(user.refreshToken)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
      const [served] = answers.filter(({ status }) => status === 200);
      await expectEnded(served?.body as BuiltUser);
    }
  });
});
