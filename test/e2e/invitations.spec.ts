import { randomUUID } from 'node:crypto';
import {
  buildMember,
  buildOrganization,
  buildUser,
  type BuiltOrganization,
  type BuiltUser,
  PASSWORD,
} from '../support/builders.js';
import { expectIndistinguishable, observable } from '../support/expect-isolated.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import type { Mail } from '../../src/platform/mail/mailer.js';
import { Mailer } from '../../src/platform/mail/mailer.js';

interface Issued {
  readonly id: string;
  readonly email: string;
  readonly role: string;
  readonly state: string;
  readonly token: string;
}

/** A mail server: the border of the system. */
class KeptMail extends Mailer {
  readonly isConfigured = true;
  readonly sent: Mail[] = [];

  send(mail: Mail): Promise<void> {
    this.sent.push(mail);
    return Promise.resolve();
  }
}

describe('invitations', () => {
  let app: TestApp;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;

  beforeAll(async () => {
    app = await TestApp.start();
    acme = await buildOrganization(app);
    globex = await buildOrganization(app);
  });
  afterAll(async () => await app.stop());

  const address = () => `invited-${randomUUID()}@example.test`;
  const person = () => ({ password: PASSWORD, firstName: 'New', lastName: 'Member' });
  const post = (as: BuiltUser, organization: string, email: string, role = 'MEMBER') =>
    app.http(as, organization).post('/api/v1/invitations').send({ email, role });
  const invite = async (organization: BuiltOrganization, email = address(), role = 'MEMBER', as = organization.owner) =>
    (await post(as, organization.id, email, role).expect(201)).body as Issued;
  const accept = (body: object, as?: BuiltUser) => app.http(as).post('/api/v1/invitations/accept').send(body);
  const get = async (organization: BuiltOrganization, id: string) =>
    (await app.http(organization.owner, organization.id).get(`/api/v1/invitations/${id}`).expect(200)).body as Issued;
  const logIn = async (email: string) =>
    (await app.http().post('/api/v1/auth/login').send({ email, password: PASSWORD }).expect(200)).body as BuiltUser;
  const list = async (organization: BuiltOrganization, query = '') => {
    const { body } = await app
      .http(organization.owner, organization.id)
      .get(`/api/v1/invitations?limit=100${query}`)
      .expect(200);
    return (body as { data: Issued[] }).data;
  };
  const expire = async ({ id }: Issued) =>
    await askAsSuperuser(`UPDATE invitations SET expires_at = now() WHERE id = $1`, [id]);

  it('S2-5 bring a new person in with the role of the invitation, once', async () => {
    const { id, email, token, ...issued } = await invite(acme, address(), 'ADMIN');
    expect(issued).toMatchObject({ role: 'ADMIN', state: 'PENDING', invitedById: acme.owner.user.id });
    const missing = await accept({ token, password: PASSWORD }).expect(400);
    expect(missing.body).toMatchObject({ errors: [{ path: 'firstName' }, { path: 'lastName' }] });
    const { body } = await accept({ token, ...person() }).expect(200);
    expect(body).toMatchObject({ organization: { id: acme.id, slug: acme.slug }, email, role: 'ADMIN' });
    const joined = await logIn(email);
    expect(joined).toMatchObject({ activeOrganizationId: acme.id, organizations: [{ id: acme.id, role: 'ADMIN' }] });
    await app.http(joined, acme.id).post('/api/v1/businesses').send({ name: 'Joined' }).expect(201);
    expect(await get(acme, id)).toMatchObject({ state: 'ACCEPTED', acceptedById: joined.user.id });
    const again = await accept({ token, ...person() }).expect(404);
    expect(again.body).toMatchObject({ code: 'INVITATION_INVALID' });
    const { body: records } = await app
      .http(acme.owner)
      .get(`/api/v1/audit-logs?actor=${joined.user.id}&entity=Invitation`)
      .expect(200);
    expect(records).toMatchObject({ data: [{ action: 'invitation.accepted', entityId: id, actorType: 'user' }] });
  });

  it('are accepted by the account that the address has, and by no other', async () => {
    const user = await buildUser(app, 'Home');
    const other = await buildUser(app);
    const { token, id } = await invite(acme, user.email.toUpperCase());
    const nobody = await accept({ token, ...person() }).expect(401);
    expect(nobody.body).toMatchObject({ code: 'LOGIN_REQUIRED' });
    expect((await accept({ token }, other).expect(403)).body).toMatchObject({ code: 'INVITATION_FOR_ANOTHER' });
    await accept({ token }, { ...user, accessToken: `${user.accessToken}x` }).expect(401);
    expect(await get(acme, id)).toMatchObject({ state: 'PENDING' });
    await accept({ token }, user).expect(200);
    await app.http(user, acme.id).get('/api/v1/businesses').expect(200);
    const { body } = await app.http(user).get('/api/v1/auth/me').expect(200);
    expect(body).toMatchObject({ activeOrganizationId: user.organizations[0]?.id });
  });

  it('give nobody a password to an account that has none', async () => {
    const email = address();
    await app.http(globex.owner).post('/api/v1/members').send({ email, role: 'ADMIN' }).expect(201);
    const { token } = await invite(acme, email);
    expect((await accept({ token, ...person() }).expect(401)).body).toMatchObject({ code: 'LOGIN_REQUIRED' });
    await app.http().post('/api/v1/auth/login').send({ email, password: PASSWORD }).expect(401);
  });

  it('C1 S3-10 go to one address from many organizations, and once at a time from each', async () => {
    const email = address();
    const [first, second] = [await invite(acme, email), await invite(globex, email)];
    const pending = await post(acme.owner, acme.id, email).expect(409);
    expect(pending.body).toMatchObject({ code: 'INVITATION_PENDING', errors: [{ path: 'email' }] });
    await accept({ token: first.token, ...person() }).expect(200);
    await accept({ token: second.token }, await logIn(email)).expect(200);
    for (const { id, owner } of [acme, globex]) {
      expect((await post(owner, id, email).expect(409)).body).toMatchObject({ code: 'ALREADY_MEMBER' });
    }
  });

  it('of one address made at once by twenty are one', async () => {
    const email = address();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(acme.owner, acme.id, email)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
  });

  it('accepted by twenty at once are accepted once', async () => {
    const { token, email, id } = await invite(acme);
    const answers = await Promise.all(Array.from({ length: 20 }, () => accept({ token, ...person() })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => ![200, 401, 404, 503].includes(status))).toEqual([]);
    const rows = await askAsSuperuser('SELECT 1 FROM memberships WHERE organization_id = $1 AND email = $2', [
      acme.id,
      email,
    ]);
    expect(rows).toHaveLength(1);
    expect(await get(acme, id)).toMatchObject({ state: 'ACCEPTED' });
  });

  it('give no role above the inviter’s own, and are a matter of administrators', async () => {
    const [admin, member] = [await buildMember(app, acme, 'ADMIN'), await buildMember(app, acme)];
    expect((await post(admin, acme.id, address(), 'OWNER').expect(403)).body).toMatchObject({ code: 'ROLE_ABOVE_OWN' });
    expect((await post(member, acme.id, address()).expect(403)).body).toMatchObject({ code: 'ROLE_TOO_LOW' });
    const { id } = await invite(acme, address(), 'OWNER');
    const http = app.http(admin, acme.id);
    expect((await http.post(`/api/v1/invitations/${id}/resend`).expect(403)).body).toMatchObject({
      code: 'ROLE_ABOVE_OWN',
    });
    await http.delete(`/api/v1/invitations/${id}`).expect(403);
    await app.http(member, acme.id).get('/api/v1/invitations').expect(403);
  });

  it('are all refused alike: unknown, malformed, used, revoked, replaced, expired', async () => {
    const http = app.http(acme.owner, acme.id);
    const [used, revoked, replaced, expired] = [
      await invite(acme),
      await invite(acme),
      await invite(acme),
      await invite(acme),
    ];
    await accept({ token: used.token, ...person() }).expect(200);
    await http.delete(`/api/v1/invitations/${revoked.id}`).set('If-Match', '"1"').expect(204);
    const { body: resent } = await http.post(`/api/v1/invitations/${replaced.id}/resend`).expect(200);
    await expire(expired);
    const unknown = `inv_${Buffer.from(used.token.slice(4), 'base64url').reverse().toString('base64url')}`;
    const swapped = globexToken(used.token);
    const answers = [];
    for (const token of [unknown, swapped, 'x', used.token, revoked.token, replaced.token, expired.token]) {
      const answer = await accept({ token, ...person() }).expect(404);
      expect(answer.body).toMatchObject({ code: 'INVITATION_INVALID' });
      answers.push(observable(answer));
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    await accept({ token: (resent as Issued).token, ...person() }).expect(200);
    for (const { id } of [used, revoked]) {
      expect((await http.post(`/api/v1/invitations/${id}/resend`).expect(422)).body).toMatchObject({
        code: 'INVITATION_CLOSED',
      });
      await http.delete(`/api/v1/invitations/${id}`).expect(422);
    }
  });

  /** The secret of one organization's token under the id of another organization. */
  function globexToken(token: string): string {
    const bytes = Buffer.from(token.slice(4), 'base64url');
    Buffer.from(globex.id.replaceAll('-', ''), 'hex').copy(bytes);
    return `inv_${bytes.toString('base64url')}`;
  }

  it('expire after seven days, make room for another, and live again when they are sent again', async () => {
    const { email, ...first } = await invite(acme);
    const [row] = await askAsSuperuser<{ days: number }>(
      `SELECT extract(epoch FROM expires_at - created_at)::float / 86400 AS days FROM invitations WHERE id = $1`,
      [first.id],
    );
    expect(row?.days).toBeCloseTo(7, 3);
    await expire({ email, ...first });
    expect(await get(acme, first.id)).toMatchObject({ state: 'EXPIRED' });
    expect((await list(acme, '&state=EXPIRED')).map(({ id }) => id)).toContain(first.id);
    expect((await list(acme, '&state=PENDING')).map(({ id }) => id)).not.toContain(first.id);
    const second = await invite(acme, email);
    expect((await list(acme)).map(({ id }) => id)).not.toContain(first.id);
    expect((await list(acme, '&includeInactive=true')).map(({ id }) => id)).toContain(first.id);
    await expire(second);
    const { body } = await app.http(acme.owner).post(`/api/v1/invitations/${second.id}/resend`).expect(200);
    expect(body).toMatchObject({ state: 'PENDING', version: 2 });
    await accept({ token: (body as Issued).token, ...person() }).expect(200);
  });

  it('count no more once the inviter could not give the role, or the organization is inactive', async () => {
    const organization = await buildOrganization(app);
    const owners = [await buildMember(app, organization, 'OWNER'), await buildMember(app, organization, 'OWNER')];
    const [demoted, removed] = owners as [BuiltUser, BuiltUser];
    const members = await app.http(organization.owner).get('/api/v1/members').expect(200);
    const idOf = ({ user }: BuiltUser) =>
      (members.body as { data: { id: string; userId: string }[] }).data.find(({ userId }) => userId === user.id)?.id;
    const tokens = {
      above: await invite(organization, address(), 'OWNER', demoted),
      within: await invite(organization, address(), 'ADMIN', demoted),
      removed: await invite(organization, address(), 'MEMBER', removed),
      inactive: await invite(organization),
    };
    const http = app.http(organization.owner, organization.id);
    await http
      .patch(`/api/v1/members/${idOf(demoted)}`)
      .send({ role: 'ADMIN' })
      .expect(200);
    await http.delete(`/api/v1/members/${idOf(removed)}`).expect(204);
    for (const { token } of [tokens.above, tokens.removed]) {
      expect((await accept({ token, ...person() }).expect(404)).body).toMatchObject({ code: 'INVITATION_INVALID' });
    }
    await accept({ token: tokens.within.token, ...person() }).expect(200);
    await http.delete('/api/v1/organizations/current').expect(204);
    const { token, email } = tokens.inactive;
    expect((await accept({ token, ...person() }).expect(404)).body).toMatchObject({ code: 'INVITATION_INVALID' });
    expect(await askAsSuperuser('SELECT 1 FROM users WHERE email = $1', [email])).toEqual([]);
    await app
      .http(organization.owner)
      .put('/api/v1/organizations/current/activation')
      .send({ organizationId: organization.id })
      .expect(200);
    await accept({ token, ...person() }).expect(200);
  });

  it('of another organization look like none', async () => {
    const { id } = await invite(globex);
    const http = app.http(acme.owner);
    await expectIndistinguishable(id, (target) => http.get(`/api/v1/invitations/${target}`));
    await expectIndistinguishable(id, (target) => http.post(`/api/v1/invitations/${target}/resend`));
    await expectIndistinguishable(id, (target) => http.delete(`/api/v1/invitations/${target}`));
    expect((await list(acme, '&includeInactive=true')).map((row) => row.id)).not.toContain(id);
  });

  it('S2-23 keep their token out of every row, list and record', async () => {
    const { token, id } = await invite(acme);
    await accept({ token, ...person() }).expect(200);
    await accept({ token, ...person() }).expect(404);
    const [rows] = await askAsSuperuser<{ text: string }>(
      `SELECT (SELECT string_agg(i::text, '') FROM invitations i) || (SELECT string_agg(a::text, '') FROM audit_logs a)
              || (SELECT string_agg(s::text, '') FROM security_events s) AS text`,
    );
    const secret = token.slice(-43);
    expect(rows?.text).toContain(id);
    expect(rows?.text).not.toContain(secret);
    expect(JSON.stringify([await get(acme, id), await list(acme, '&includeInactive=true')])).not.toContain(secret);
    const refused = await askAsSuperuser(
      `SELECT 1 FROM security_events WHERE action = 'invitation.refused' AND reason = 'INVITATION_INVALID' AND outcome = 'DENIED'`,
    );
    expect(refused.length).toBeGreaterThan(0);
  });

  it('go by mail where one is configured, and then nobody but the invited person gets the token', async () => {
    const mail = new KeptMail();
    const other = await TestApp.start({ override: (builder) => builder.overrideProvider(Mailer).useValue(mail) });
    try {
      const email = address();
      const { body } = await other
        .http(acme.owner, acme.id)
        .post('/api/v1/invitations')
        .send({ email, role: 'MEMBER' })
        .expect(201);
      expect(body).toMatchObject({ email, token: null });
      const [sent] = mail.sent;
      expect(sent?.to).toBe(email);
      expect(sent?.text).toMatch(/https?:\/\/\S+\/accept-invitation#token=inv_/);
      const [token] = /inv_[\w-]{64}/.exec(sent?.text ?? '') ?? [];
      await other
        .http()
        .post('/api/v1/invitations/accept')
        .send({ token, ...person() })
        .expect(200);
    } finally {
      await other.stop();
    }
  });
});
