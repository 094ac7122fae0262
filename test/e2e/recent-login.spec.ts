import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LoginAnswer } from '../../src/features/auth/auth.dto.js';
import { buildOrganization, buildUser, type BuiltUser, PASSWORD } from '../support/builders.js';
import { buildLogin, sessionOf } from '../support/log-ins.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

const LEAKED = 'correct horse leaked staple';

let app: TestApp;
let leaks: Server;
/** What the service of leaked passwords was asked for. */
const asked: string[] = [];
let answerLeaks: 'known' | 'broken' | 'padded' = 'known';

beforeAll(async () => {
  const digest = createHash('sha1').update(LEAKED).digest('hex').toUpperCase();
  leaks = createServer((request, response) => {
    asked.push(String(request.url));
    const known = request.url?.endsWith(digest.slice(0, 5))
      ? `${digest.slice(5)}:${answerLeaks === 'padded' ? 0 : 7}`
      : '';
    response.statusCode = answerLeaks === 'broken' ? 500 : 200;
    response.end(`0018A45C4D1DEF81644B54AB7F969B88D65:10\r\n${known}\r\n`);
  });
  await new Promise<void>((resolve) => leaks.listen(0, '127.0.0.1', resolve));
  const { port } = leaks.address() as AddressInfo;
  app = await TestApp.start({ environment: { LEAKED_PASSWORDS_URL: `http://127.0.0.1:${port}` } });
});
afterAll(async () => {
  await app.stop();
  leaks.close();
});

const set = async (user: Pick<BuiltUser, 'accessToken'>, assignment: string) =>
  await askAsSuperuser(`UPDATE sessions SET ${assignment} WHERE id = $1`, [sessionOf(user)]);
const age = async (user: Pick<BuiltUser, 'accessToken'>) =>
  await set(user, "authenticated_at = now() - interval '16 minutes'");
const eventsOf = async (action: string, actorId: string) =>
  await askAsSuperuser<{ outcome: string; reason: string | null }>(
    'SELECT outcome, reason FROM security_events WHERE action = $1 AND actor_id = $2',
    [action, actorId],
  );

describe('what needs a password of the last minutes (ASVS 7.5.2, 7.5.3)', () => {
  it('is done with a log-in that is fresh, and refused with one that is not, until the password is entered again', async () => {
    const owner = await buildUser(app);
    const lost = await buildLogin(app, owner.email);
    await app.http(owner).get('/api/v1/auth/sessions').expect(200);
    await age(owner);
    for (const call of [
      app.http(owner).get('/api/v1/auth/sessions'),
      app.http(owner).delete(`/api/v1/auth/sessions/${lost.sessionId}`),
    ]) {
      expect((await call.expect(403)).body).toMatchObject({ code: 'RECENT_LOGIN_REQUIRED' });
    }
    await app.http(lost).get('/api/v1/auth/me').expect(200);
    const reauthenticate = (currentPassword: string) =>
      app.http(owner).post('/api/v1/auth/reauthentication').send({ currentPassword });
    expect((await reauthenticate('not my password').expect(403)).body).toMatchObject({
      code: 'CURRENT_PASSWORD_WRONG',
    });
    await app.http(owner).get('/api/v1/auth/sessions').expect(403);
    await reauthenticate(PASSWORD).expect(204);
    await app.http(owner).delete(`/api/v1/auth/sessions/${lost.sessionId}`).expect(204);
    await app.http(lost).get('/api/v1/auth/me').expect(401);
    const outcomes = (await eventsOf('login.repeated', owner.user.id)).map(({ outcome }) => outcome);
    expect(outcomes.sort()).toEqual(['DENIED', 'SUCCESS']);
  });

  it('are hand-over, end of an organization, and long-lived keys as well; ordinary work is not', async () => {
    const organization = await buildOrganization(app);
    const http = app.http(organization.owner, organization.id);
    await age(organization.owner);
    const needed = [
      http.put('/api/v1/organizations/current/owner').send({ userId: organization.owner.user.id }),
      http.delete('/api/v1/organizations/current'),
      http.post('/api/v1/api-keys').send({ name: 'key', scopes: ['clients:read'], role: 'MEMBER' }),
    ];
    for (const call of needed) expect((await call.expect(403)).body).toMatchObject({ code: 'RECENT_LOGIN_REQUIRED' });
    await http.get('/api/v1/organizations/current').expect(200);
    await http.post('/api/v1/businesses').send({ name: 'Ordinary work' }).expect(201);
  });

  it('are not reached by a refreshed token alone, nor by another log-in that is fresh', async () => {
    const owner = await buildUser(app);
    await age(owner);
    const { body } = await app
      .http()
      .post('/api/v1/auth/refresh')
      .send({ refreshToken: owner.refreshToken })
      .expect(200);
    await buildLogin(app, owner.email);
    await app
      .http(body as LoginAnswer)
      .get('/api/v1/auth/sessions')
      .expect(403);
  });
});

describe('a log-in that nobody uses (ASVS 7.3.1)', () => {
  const endOf = async (user: Pick<BuiltUser, 'accessToken'>) => {
    const [row] = await askAsSuperuser<{ days: number }>(
      'SELECT extract(epoch FROM expires_at - now())::float8 / 86400 AS days FROM sessions WHERE id = $1',
      [sessionOf(user)],
    );
    return (row as { days: number }).days;
  };
  const refresh = (user: Pick<BuiltUser, 'refreshToken'>) =>
    app.http().post('/api/v1/auth/refresh').send({ refreshToken: user.refreshToken });

  it('ends after a week, and one that is used after a month', async () => {
    const user = await buildUser(app);
    expect(await endOf(user)).toBeCloseTo(7, 1);
    await set(user, "created_at = now() - interval '6 days', expires_at = now() + interval '1 day'");
    const { body: used } = await refresh(user).expect(200);
    expect(await endOf(user)).toBeCloseTo(7, 1);
    await set(user, "created_at = now() - interval '28 days', expires_at = now() + interval '1 day'");
    const { body: old } = await refresh(used as LoginAnswer).expect(200);
    expect(await endOf(user)).toBeCloseTo(2, 1);
    await set(user, "expires_at = now() - interval '1 second'");
    await refresh(old as LoginAnswer).expect(401);
    await app
      .http(old as LoginAnswer)
      .get('/api/v1/auth/me')
      .expect(401);
  });
});

describe('log-ins that the platform ends (ASVS 7.4.5)', () => {
  const buildRoot = async () => {
    const root = await buildUser(app);
    await askAsSuperuser("UPDATE users SET platform_role = 'SUPERUSER' WHERE id = $1", [root.user.id]);
    return root;
  };

  it('are those of one person, by a superuser only, and on record', async () => {
    const [root, user, stranger] = [await buildRoot(), await buildUser(app), await buildUser(app)];
    const path = `/api/v1/platform/users/${user.user.id}/sessions`;
    expect((await app.http(stranger).delete(path).expect(403)).body).toMatchObject({ code: 'SUPERUSER_REQUIRED' });
    await app.http(user).get('/api/v1/auth/me').expect(200);
    expect((await app.http(root).delete(path).expect(200)).body).toEqual({ ended: 1 });
    await app.http(user).get('/api/v1/auth/me').expect(401);
    await app.http(stranger).get('/api/v1/auth/me').expect(200);
    expect(await eventsOf('session.ended-by-platform', root.user.id)).toEqual([
      { outcome: 'SUCCESS', reason: `${user.user.id}:1` },
    ]);
  });
});

describe('a password that is known from a leak (ASVS 6.2.12)', () => {
  const register = (password: string, email = `leak-${Math.random().toString(36).slice(2)}@example.test`) =>
    app.http().post('/api/v1/auth/register').send({ email, password, firstName: 'Leah', lastName: 'Keel' });

  it('is refused, and never leaves the house', async () => {
    answerLeaks = 'known';
    asked.length = 0;
    const { body } = await register(LEAKED).expect(400);
    expect(body).toMatchObject({ errors: [{ path: 'password', code: 'passwordIsLeaked' }] });
    expect(asked).toEqual([expect.stringMatching(/^\/range\/[0-9A-F]{5}$/)]);
    await register('another one that nobody knows').expect(201);
  });

  it('is taken when the service is broken, or only pads its answer: nobody is locked out by somebody else’s fault', async () => {
    for (const answer of ['broken', 'padded'] as const) {
      answerLeaks = answer;
      await register(LEAKED).expect(201);
    }
  });
});
