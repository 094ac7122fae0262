import { randomUUID } from 'node:crypto';
import {
  buildMember,
  buildOrganization,
  type BuiltOrganization,
  buildUser,
  type BuiltUser,
  PASSWORD,
} from '../support/builders.js';
import { BearerClient, expectUnauthenticated } from '../support/open-api-bearer.js';
import type { RawAnswer } from '../support/open-api-request.js';
import { Witness } from '../support/sweep-witness.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
let client: BearerClient;
let witness: Witness;
let acme: BuiltOrganization;
let other: BuiltUser;

beforeAll(async () => {
  app = await TestApp.start();
  client = new BearerClient(app.url);
  witness = await Witness.open();
  acme = await buildOrganization(app);
  other = await buildUser(app);
});
afterAll(async () => {
  client.close();
  await witness.close();
  await app.stop();
});

const call = async (as: BuiltUser, organization: string) =>
  await client.sendAs(as, { method: 'get', path: '/api/v1/organizations/current', organization });

function expectRefreshRefused(answer: RawAnswer): void {
  expect(answer).toMatchObject({ status: 401, body: { code: 'REFRESH_TOKEN_INVALID' } });
}

describe('a refresh token', () => {
  const ended = async (tokens: { accessToken: string; refreshToken: string }) => {
    expectUnauthenticated(await client.bear(tokens.accessToken), 'ended');
    expectRefreshRefused(await client.refresh(tokens.refreshToken));
  };

  it('works once, and its second use ends all that came from it', async () => {
    const user = await buildUser(app);
    const elsewhere = (await client.login(user.email)).body as BuiltUser;
    const second = (await client.refresh(user.refreshToken)).body as BuiltUser;
    expect(second.refreshToken).not.toBe(user.refreshToken);
    expect((await client.bear(second.accessToken)).status).toBe(200);
    const third = (await client.refresh(second.refreshToken)).body as BuiltUser;
    expectRefreshRefused(await client.refresh(user.refreshToken));
    for (const tokens of [user, second, third]) await ended(tokens);
    expect((await client.bear(elsewhere.accessToken)).status).toBe(200);
  });

  it('of many who use it at once serves one, and then nobody', async () => {
    const user = await buildUser(app);
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.refresh(user.refreshToken)));
    const served = answers.filter(({ status }) => status === 200);
    expect(served.length).toBeLessThanOrEqual(1);
    for (const answer of answers) if (answer.status !== 200) expectRefreshRefused(answer);
    for (const { body } of served) await ended(body as BuiltUser);
    await ended(user);
  });

  it('is refused alike whatever is wrong with it', async () => {
    const user = await buildUser(app);
    const [sid = '', random = ''] = user.refreshToken.split('.');
    const [otherSid = ''] = other.refreshToken.split('.');
    const wrong = [
      `${randomUUID()}.${random}`,
      `${'x'.repeat(36)}.${random}`,
      `.${random}`,
      random,
      'x'.repeat(200),
      `%.${random}`,
      `' OR 1=1 --.${random}`,
      `${sid.toUpperCase()}.${random}`,
    ];
    const [first, ...rest] = await Promise.all(wrong.map((token) => client.refresh(token)));
    const seen = ({ status, body }: RawAnswer) => ({ status, ...(body as object), requestId: '' });
    for (const answer of rest) expect(seen(answer)).toEqual(seen(first as RawAnswer));
    expect((await client.bear(user.accessToken)).status).toBe(200);
    // Nor does somebody who knows only the id of a log-in end it.
    expectRefreshRefused(await client.refresh(`${otherSid}.${random}`));
    expect((await client.bear(other.accessToken)).status).toBe(200);
    expect((await client.refresh(other.refreshToken)).status).toBe(200);
  });
});

describe('the end of a log-in', () => {
  it('counts from the next request on: logging out', async () => {
    const user = await buildUser(app);
    const elsewhere = (await client.login(user.email)).body as BuiltUser;
    expect((await client.bear(user.accessToken)).status).toBe(200);
    expect((await client.auth('logout', {}, user)).status).toBe(204);
    expectUnauthenticated(await client.bear(user.accessToken), 'logged out');
    expectRefreshRefused(await client.refresh(user.refreshToken));
    expect((await client.bear(elsewhere.accessToken)).status).toBe(200);
  });

  it.each([
    ['its time is over', 'UPDATE sessions SET expires_at = now() WHERE user_id = $1'],
    ['its person was deactivated', 'UPDATE users SET is_active = false WHERE id = $1'],
  ])('counts from the next request on: %s', async (_what, change) => {
    const user = await buildUser(app);
    expect((await client.bear(user.accessToken)).status).toBe(200);
    await witness.query(change, [user.user.id]);
    expectUnauthenticated(await client.bear(user.accessToken), change);
    expectRefreshRefused(await client.refresh(user.refreshToken));
  });
});

describe('the end of a membership', () => {
  const members = async (organization: BuiltOrganization, user: BuiltUser, method: string, body?: object) => {
    const list = await client.sendAs(organization.owner, { method: 'get', path: '/api/v1/members?limit=100' });
    const row = (list.body as { data: { id: string; userId: string }[] }).data.find(
      ({ userId }) => userId === user.user.id,
    );
    return await client.sendAs(organization.owner, {
      method,
      path: `/api/v1/members/${row?.id}`,
      body: body && JSON.stringify(body),
    });
  };

  it('counts from the next request on, with the same token', async () => {
    const organization = await buildOrganization(app);
    const member = await buildMember(app, organization, 'ADMIN');
    expect((await call(member, organization.id)).status).toBe(200);
    expect((await members(organization, member, 'patch', { role: 'MEMBER' })).status).toBe(200);
    const change = {
      method: 'post',
      path: '/api/v1/businesses',
      organization: organization.id,
      body: '{"name":"Shop"}',
    };
    expect(await client.sendAs(member, change)).toMatchObject({ status: 403, body: { code: 'ROLE_TOO_LOW' } });
    expect((await members(organization, member, 'delete')).status).toBe(204);
    for (const name of [organization.id, organization.slug]) {
      expect(await call(member, name)).toMatchObject({ status: 404, body: { code: 'ORGANIZATION_NOT_FOUND' } });
    }
    expect((await client.bear(member.accessToken)).body).toMatchObject({ organizations: [] });
    expect((await client.refresh(member.refreshToken)).body).toMatchObject({ organizations: [] });
  });

  it('comes for all when the organization is deactivated, and for no other organization', async () => {
    const organization = await buildOrganization(app);
    const member = await buildMember(app, organization);
    await app.http(acme.owner).post('/api/v1/members').send({ email: member.email, role: 'MEMBER' }).expect(201);
    expect((await call(member, organization.id)).status).toBe(200);
    const gone = await client.sendAs(organization.owner, { method: 'delete', path: '/api/v1/organizations/current' });
    expect(gone.status).toBe(204);
    for (const user of [member, organization.owner]) {
      for (const name of [organization.id, organization.slug]) {
        expect(await call(user, name)).toMatchObject({ status: 404, body: { code: 'ORGANIZATION_NOT_FOUND' } });
      }
    }
    expect((await call(member, acme.id)).status).toBe(200);
    expect((await client.bear(member.accessToken)).body).toMatchObject({ organizations: [{ id: acme.id }] });
  });
});

describe('a log-in', () => {
  it('S2-26 fails alike for an unknown address, a wrong password, and accounts that have none or are closed', async () => {
    const user = await buildUser(app);
    const closed = await buildUser(app);
    await witness.query('UPDATE users SET is_active = false WHERE id = $1', [closed.user.id]);
    const invited = `invited-${randomUUID()}@example.test`;
    await app.http(acme.owner).post('/api/v1/members').send({ email: invited, role: 'MEMBER' }).expect(201);
    const [system] = await witness.query<{ email: string }>(
      `SELECT email FROM users WHERE platform_role = 'SYSTEM' LIMIT 1`,
    );
    const attempts = [
      [`unknown-${randomUUID()}@example.test`, PASSWORD],
      [user.email, 'wrong password'],
      [user.email, `${PASSWORD} `],
      [user.email, PASSWORD.toUpperCase()],
      [closed.email, PASSWORD],
      [invited, PASSWORD],
      [invited, ' '],
      [system?.email ?? '', PASSWORD],
    ] as const;
    const seen = await Promise.all(
      attempts.map(async ([email, password]) => {
        const { status, body, headers } = await client.login(email, password);
        const { date: _date, 'x-request-id': _id, ...rest } = headers;
        return { status, body: { ...(body as object), requestId: '' }, headers: rest };
      }),
    );
    expect(seen[0]).toMatchObject({ status: 401, body: { code: 'LOGIN_FAILED' } });
    for (const answer of seen) expect(answer).toEqual(seen[0]);
    expect((await client.login(user.email.toUpperCase())).status).toBe(200);
  });

  it('takes as long to fail for an unknown address as for a wrong password', async () => {
    const user = await buildUser(app);
    const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
    for (let number = 0; number < 10; number += 1) {
      times.known.push((await client.login(user.email, 'wrong password')).durationMs);
      times.unknown.push((await client.login(`unknown-${randomUUID()}@example.test`, 'wrong password')).durationMs);
    }
    // Of the fastest: what the machine does besides only adds. Without a hash to compare it would be a tenth.
    const ratio = Math.min(...times.unknown) / Math.min(...times.known);
    expect(ratio).toBeGreaterThan(0.3);
    expect(ratio).toBeLessThan(3);
  });
});
