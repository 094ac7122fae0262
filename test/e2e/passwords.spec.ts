import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { buildOrganization, buildUser, type BuiltUser, PASSWORD } from '../support/builders.js';
import { buildLogin, Mailbox } from '../support/log-ins.js';
import { BearerClient, expectUnauthenticated } from '../support/open-api-bearer.js';
import { askAsSuperuser, superuserUrl } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

const NEW = 'another horse battery';

let app: TestApp;
let client: BearerClient;
const mailbox = new Mailbox();

beforeAll(async () => {
  app = await TestApp.start({ override: mailbox.override });
  client = new BearerClient(app.url);
});
afterAll(async () => {
  client.close();
  await app.stop();
});

const change = (user: Pick<BuiltUser, 'accessToken'>, currentPassword: string, newPassword = NEW) =>
  app.http(user).put('/api/v1/auth/password').send({ currentPassword, newPassword });
const request = (email: string) => app.http().post('/api/v1/auth/password-resets').send({ email });
const reset = (token: string, newPassword = NEW) =>
  app.http().put('/api/v1/auth/password-resets').send({ token, newPassword });
const login = async (email: string, password: string) => (await client.login(email, password)).status;

async function tokenOf(email: string, count = 1): Promise<string> {
  await request(email).expect(202);
  return await mailbox.tokenFor(email, count);
}

describe('changing the password', () => {
  it('keeps this log-in and ends all others', async () => {
    const user = await buildUser(app);
    const stranger = await buildUser(app);
    const elsewhere = await buildLogin(app, user.email);
    await change(user, PASSWORD).expect(204);
    expect((await client.bear(user.accessToken)).status).toBe(200);
    expectUnauthenticated(await client.bear(elsewhere.accessToken), 'elsewhere');
    expect((await client.refresh(elsewhere.refreshToken)).status).toBe(401);
    expect((await client.refresh(user.refreshToken)).status).toBe(200);
    expect((await client.bear(stranger.accessToken)).status).toBe(200);
    expect(await login(user.email, PASSWORD)).toBe(401);
    expect(await login(user.email, NEW)).toBe(200);
  });

  it('needs the current one, and says so without ending the log-in', async () => {
    const user = await buildUser(app);
    const { body } = await change(user, 'not the password').expect(403);
    expect(body).toMatchObject({ code: 'CURRENT_PASSWORD_WRONG' });
    await app.http().put('/api/v1/auth/password').send({ currentPassword: PASSWORD, newPassword: NEW }).expect(401);
    expect((await client.bear(user.accessToken)).status).toBe(200);
    expect(await login(user.email, PASSWORD)).toBe(200);
  });

  it.each([
    ['short', 'horse', 'minLength'],
    ['long', 'x y'.repeat(43), 'maxLength'],
    ['one of the most common', 'Password1234', 'passwordIsCommon'],
  ])('refuses a new one that is %s', async (_what, password, code) => {
    const user = await buildUser(app);
    const { body } = await change(user, PASSWORD, password).expect(400);
    expect(body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ path: 'newPassword', code }] });
    expect(JSON.stringify(body)).not.toContain(password);
    const registered = { email: `user-${randomUUID()}@example.test`, password, firstName: 'A', lastName: 'B' };
    await app.http().post('/api/v1/auth/register').send(registered).expect(400);
    expect(await login(user.email, PASSWORD)).toBe(200);
  });

  it('refuses the address itself', async () => {
    const user = await buildUser(app);
    for (const password of [user.email, user.email.toUpperCase()]) {
      const { body } = await change(user, PASSWORD, password).expect(400);
      expect(body).toMatchObject({ errors: [{ path: 'newPassword', code: 'passwordIsAddress' }] });
    }
  });

  it('takes 128 characters of any kind exactly as they are', async () => {
    const user = await buildUser(app);
    const password = ` ${'Zoë’s café — 馬 '.repeat(8)}`.slice(0, 127).padEnd(128, ' ');
    await change(user, PASSWORD, password).expect(204);
    expect(await login(user.email, password)).toBe(200);
    expect(await login(user.email, password.trim())).toBe(401);
  });

  it('of many at once counts once, with the current password of then', async () => {
    const user = await buildUser(app);
    const passwords = Array.from({ length: 5 }, (_, index) => `battery number ${index} of five`);
    const answers = await Promise.all(passwords.map((password) => change(user, PASSWORD, password)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 403, 403, 403, 403]);
    const accepted = await Promise.all(passwords.map((password) => login(user.email, password)));
    expect(accepted.filter((status) => status === 200)).toHaveLength(1);
    expect(accepted[answers.findIndex(({ status }) => status === 204)]).toBe(200);
  });

  it('leaves no log-in that was being opened with the former one', async () => {
    for (let round = 0; round < 4; round += 1) {
      const user = await buildUser(app);
      const opening = Array.from({ length: 6 }, () => client.login(user.email));
      const [changed, ...opened] = await Promise.all([change(user, PASSWORD), ...opening]);
      expect(changed.status).toBe(204);
      for (const { status, body } of opened) {
        if (status === 200) expectUnauthenticated(await client.bear((body as BuiltUser).accessToken), 'former');
        else expect(status).toBe(401);
      }
    }
  });
});

describe('a log-in that was proved with the former password', () => {
  it('is refused when the password is changed before it is opened', async () => {
    const user = await buildUser(app);
    const database = new pg.Client({ connectionString: superuserUrl() });
    await database.connect();
    await database.query('BEGIN');
    // As a change of the password would: opening the log-in waits for it, long after the password was compared.
    await database.query('UPDATE users SET password_changed_at = now() WHERE id = $1', [user.user.id]);
    const opening = client.login(user.email);
    const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%INSERT INTO sessions%'
                        AND datname = current_database()`;
    for (const late = Date.now() + 10_000; Date.now() < late; await new Promise((done) => setTimeout(done, 20)))
      if ((await askAsSuperuser(waiting)).length > 0) break;
    await database.query('COMMIT');
    await database.end();
    expect(await opening).toMatchObject({ status: 401, body: { code: 'LOGIN_FAILED' } });
    expect((await client.login(user.email)).status).toBe(200);
  });
});

describe('asking for a new password', () => {
  it('is answered alike for every address', async () => {
    const user = await buildUser(app);
    const closed = await buildUser(app);
    await askAsSuperuser('UPDATE users SET is_active = false WHERE id = $1', [closed.user.id]);
    const addresses = [user.email, closed.email, `nobody-${randomUUID()}@example.test`, 'system@bestays.app'];
    const seen = await Promise.all(
      addresses.map(async (email) => {
        const { status, body, headers } = await request(email);
        const { date: _date, 'x-request-id': _id, ...rest } = headers as Record<string, string>;
        return { status, body: body as object, headers: rest };
      }),
    );
    expect(seen[0]).toMatchObject({ status: 202, body: { expiresIn: 1_800 } });
    for (const answer of seen) expect(answer).toEqual(seen[0]);
    const { text } = await mailbox.mailFor(user.email);
    expect(text).toContain('http://localhost:0/reset-password#token=');
    for (const email of addresses.slice(1)) expect(mailbox.mails.filter(({ to }) => to === email)).toEqual([]);
  });

  it('stores of the link what cannot be used', async () => {
    const user = await buildUser(app);
    const token = await tokenOf(user.email);
    const rows = await askAsSuperuser<object>('SELECT * FROM users WHERE id = $1', [user.user.id]);
    expect(rows).toEqual([
      expect.objectContaining({ password_reset_hash: expect.stringMatching(/^[\w-]{43}$/) as string }),
    ]);
    expect(JSON.stringify(rows)).not.toContain(token);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  });
});

describe('a link for a new password', () => {
  it('sets it once and ends every log-in', async () => {
    const user = await buildUser(app);
    const elsewhere = await buildLogin(app, user.email);
    const token = await tokenOf(user.email);
    await reset(token).expect(204);
    for (const tokens of [user, elsewhere]) {
      expectUnauthenticated(await client.bear(tokens.accessToken), 'before');
      expect((await client.refresh(tokens.refreshToken)).status).toBe(401);
    }
    expect(await login(user.email, PASSWORD)).toBe(401);
    expect(await login(user.email, NEW)).toBe(200);
    const { body } = await reset(token, 'yet another battery').expect(422);
    expect(body).toMatchObject({ code: 'PASSWORD_RESET_INVALID' });
    expect(await login(user.email, NEW)).toBe(200);
  });

  it('of many uses at once counts once', async () => {
    const { email } = await buildUser(app);
    const token = await tokenOf(email);
    const passwords = Array.from({ length: 6 }, (_, index) => `battery number ${index} of six`);
    const answers = await Promise.all(passwords.map((password) => reset(token, password)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 422, 422, 422, 422, 422]);
    expect(await login(email, passwords[answers.findIndex(({ status }) => status === 204)] ?? '')).toBe(200);
  });

  it('counts no more once there is a newer one', async () => {
    const { email } = await buildUser(app);
    const [older, newer] = [await tokenOf(email, 1), await tokenOf(email, 2)];
    expect(older).not.toBe(newer);
    await reset(older).expect(422);
    await reset(newer).expect(204);
  });

  it.each([
    ['30 minutes later', 'UPDATE users SET password_reset_until = now() WHERE id = $1'],
    ['for an account that was deactivated', 'UPDATE users SET is_active = false WHERE id = $1'],
  ])('counts no more %s', async (_what, statement) => {
    const user = await buildUser(app);
    const token = await tokenOf(user.email);
    await askAsSuperuser(statement, [user.user.id]);
    await reset(token).expect(422);
  });

  it('counts no more once the password was changed', async () => {
    const user = await buildUser(app);
    const token = await tokenOf(user.email);
    await change(user, PASSWORD).expect(204);
    await reset(token, 'yet another battery').expect(422);
    expect(await login(user.email, NEW)).toBe(200);
  });

  it('still works after a password that was refused', async () => {
    const { email } = await buildUser(app);
    const token = await tokenOf(email);
    for (const password of ['short', 'password1234', email]) await reset(token, password).expect(400);
    await reset(token).expect(204);
  });

  it('works for 30 minutes', async () => {
    const user = await buildUser(app);
    await tokenOf(user.email);
    const [row] = await askAsSuperuser<{ seconds: string }>(
      'SELECT extract(epoch FROM password_reset_until - now()) AS seconds FROM users WHERE id = $1',
      [user.user.id],
    );
    expect(Math.abs(Number(row?.seconds) - 1_800)).toBeLessThan(10);
  });

  it('is no other token, and not of the other product', async () => {
    const user = await buildUser(app);
    const token = await tokenOf(user.email);
    for (const wrong of ['x'.repeat(43), `${token}x`, token.slice(0, -1), user.refreshToken, `${token} '--`])
      await reset(wrong).expect(422);
    const realestate = await TestApp.start({ environment: { PRODUCT: 'realestate' } });
    await realestate.http().put('/api/v1/auth/password-resets').send({ token, newPassword: NEW }).expect(422);
    await realestate.stop();
    await reset(token).expect(204);
  });

  it('gives a password to a member who was added by address and had none', async () => {
    const acme = await buildOrganization(app);
    const email = `added-${randomUUID()}@example.test`;
    await app.http(acme.owner, acme.id).post('/api/v1/members').send({ email, role: 'MEMBER' }).expect(201);
    expect(await login(email, NEW)).toBe(401);
    await reset(await tokenOf(email)).expect(204);
    const member = await buildLogin(app, email, { password: NEW });
    expect(member.organizations).toEqual([expect.objectContaining({ id: acme.id, role: 'MEMBER' })]);
  });

  it('S3-4 is on record, from the asking on, without the link', async () => {
    const user = await buildUser(app);
    const token = await tokenOf(user.email);
    await reset(token).expect(204);
    await reset(token).expect(422);
    await change(await buildLogin(app, user.email, { password: NEW }), PASSWORD).expect(403);
    const events = await askAsSuperuser<{ action: string }>(
      `SELECT action, outcome, actor_id, reason FROM security_events WHERE action LIKE 'password.%' ORDER BY id DESC LIMIT 5`,
    );
    expect(events.reverse()).toEqual([
      { action: 'password.reset-requested', outcome: 'SUCCESS', actor_id: null, reason: null },
      { action: 'password.reset-created', outcome: 'SUCCESS', actor_id: user.user.id, reason: null },
      { action: 'password.reset', outcome: 'SUCCESS', actor_id: user.user.id, reason: null },
      { action: 'password.reset-refused', outcome: 'DENIED', actor_id: null, reason: null },
      { action: 'password.change-refused', outcome: 'DENIED', actor_id: user.user.id, reason: null },
    ]);
  });
});
