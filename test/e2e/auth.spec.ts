import { buildOrganization, buildUser, PASSWORD } from '../support/builders.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

describe('auth', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(async () => await app.stop());

  const login = (email: string, password = PASSWORD) => app.http().post('/api/v1/auth/login').send({ email, password });

  it('S2-26 registers with e-mail and password, which is stored hashed', async () => {
    const user = await buildUser(app);
    const [row] = await askAsSuperuser<{ password_hash: string }>('SELECT password_hash FROM users WHERE email = $1', [
      user.email,
    ]);
    expect(row?.password_hash).toMatch(/^\$argon2id\$/);
    expect(JSON.stringify(user)).not.toMatch(/password/i);
    const again = { email: user.email.toUpperCase(), password: PASSWORD, firstName: 'A', lastName: 'B' };
    expect((await app.http().post('/api/v1/auth/register').send(again).expect(409)).body).toMatchObject({
      code: 'EMAIL_TAKEN',
    });
  });

  it('logs in with the home organization active, and answers every failure alike', async () => {
    const organization = await buildOrganization(app);
    const { body } = await login(organization.owner.email.toUpperCase()).expect(200);
    expect(body).toMatchObject({
      expiresIn: 900,
      activeOrganizationId: organization.id,
      organizations: [{ id: organization.id, slug: organization.slug, role: 'OWNER' }],
    });
    const wrong = await login(organization.owner.email, 'not the password').expect(401);
    const unknown = await login('nobody@example.test').expect(401);
    expect({ ...wrong.body, requestId: '' }).toEqual({ ...unknown.body, requestId: '' });
    await login('system@bestays.app', '').expect(400);
  });

  it('S3-5 resolves the organization after authentication: header, else active, else none', async () => {
    const [acme, globex] = [await buildOrganization(app), await buildOrganization(app)];
    const current = (organization?: string) => app.http(acme.owner, organization).get('/api/v1/organizations/current');
    expect((await current().expect(200)).body).toMatchObject({ id: acme.id });
    expect((await current(acme.slug).expect(200)).body).toMatchObject({ id: acme.id });
    expect((await current(globex.id).expect(404)).body).toMatchObject({ code: 'ORGANIZATION_NOT_FOUND' });
    expect(
      (
        await app
          .http(await buildUser(app))
          .get('/api/v1/businesses')
          .expect(400)
      ).body,
    ).toMatchObject({ code: 'ORGANIZATION_REQUIRED' });
    expect((await app.http(undefined, acme.id).get('/api/v1/businesses').expect(401)).body).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  it('switches the active organization of a log-in', async () => {
    const [acme, globex] = [await buildOrganization(app), await buildOrganization(app)];
    await app.http(globex.owner).post('/api/v1/members').send({ email: acme.owner.email, role: 'MEMBER' }).expect(201);
    const http = app.http(acme.owner);
    await http.post('/api/v1/auth/switch-organization').send({ organizationId: globex.id }).expect(200);
    expect((await http.get('/api/v1/organizations/current').expect(200)).body).toMatchObject({ id: globex.id });
    const stranger = await buildOrganization(app);
    await http.post('/api/v1/auth/switch-organization').send({ organizationId: stranger.id }).expect(404);
  });

  it('rotates refresh tokens, and ends the log-in when an old one comes back', async () => {
    const user = await buildUser(app);
    const refresh = (refreshToken: string) => app.http().post('/api/v1/auth/refresh').send({ refreshToken });
    const { body: next } = await refresh(user.refreshToken).expect(200);
    const { accessToken, refreshToken } = next as { accessToken: string; refreshToken: string };
    await app.http({ accessToken }).get('/api/v1/auth/me').expect(200);
    await refresh(user.refreshToken).expect(401);
    await refresh(refreshToken).expect(401);
    await app.http({ accessToken }).get('/api/v1/auth/me').expect(401);
  });

  it('ends a log-in at once', async () => {
    const user = await buildUser(app);
    await app.http(user).post('/api/v1/auth/logout').expect(204);
    await app.http(user).get('/api/v1/auth/me').expect(401);
  });

  it('S3-4 records sign-ins, failures and refused organizations', async () => {
    const [acme, globex] = [await buildOrganization(app), await buildOrganization(app)];
    await login(acme.owner.email).expect(200);
    await login(acme.owner.email, 'wrong password').expect(401);
    await app.http(acme.owner, globex.id).get('/api/v1/businesses').expect(404);
    const events = await askAsSuperuser<{ action: string; outcome: string; organization_id: string | null }>(
      `SELECT action, outcome, organization_id FROM security_events WHERE actor_id = $1 OR actor_id IS NULL`,
      [acme.owner.user.id],
    );
    expect(events).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ action: 'login.succeeded', outcome: 'SUCCESS' }),
        expect.objectContaining({ action: 'login.failed', outcome: 'DENIED' }),
        expect.objectContaining({ action: 'organization.refused', outcome: 'DENIED', organization_id: globex.id }),
      ]),
    );
  });
});
