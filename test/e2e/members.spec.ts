import { randomUUID } from 'node:crypto';
import { buildMember, buildOrganization, buildUser, type BuiltOrganization } from '../support/builders.js';
import { expectIndistinguishable } from '../support/expect-isolated.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

interface Member {
  id: string;
  email: string;
  role: string;
  invitedById: string | null;
}

describe('members', () => {
  let app: TestApp;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;

  beforeAll(async () => {
    app = await TestApp.start();
    acme = await buildOrganization(app);
    globex = await buildOrganization(app);
  });
  afterAll(async () => await app.stop());

  const list = async (organization: BuiltOrganization) => {
    const { body } = await app.http(organization.owner).get('/api/v1/members?limit=100').expect(200);
    return (body as { data: Member[] }).data;
  };
  const add = (organization: BuiltOrganization, email: string, role: string) =>
    app.http(organization.owner).post('/api/v1/members').send({ email, role });

  it('S2-5 S2-6 S2-7 are added with a role and who invited them, and listed with e-mail and role', async () => {
    const email = `${randomUUID()}@example.test`;
    await add(acme, email, 'ADMIN').expect(201);
    await add(acme, email.replace('@', '-x@'), 'BOSS').expect(400);
    expect(await list(acme)).toContainEqual(
      expect.objectContaining({ email, role: 'ADMIN', invitedById: acme.owner.user.id }),
    );
  });

  it('C1 S3-10 have the same e-mail in two organizations, and once in each', async () => {
    const email = `${randomUUID()}@example.test`;
    await add(acme, email, 'MEMBER').expect(201);
    await add(globex, email.toUpperCase(), 'ADMIN').expect(201);
    expect((await add(acme, email, 'MEMBER').expect(409)).body).toMatchObject({ code: 'ALREADY_MEMBER' });
    const users = await askAsSuperuser('SELECT id FROM users WHERE email = $1', [email]);
    expect(users).toHaveLength(1);
    const indexes = await askAsSuperuser<{ indexdef: string }>(
      `SELECT indexdef FROM pg_indexes WHERE tablename = 'memberships'`,
    );
    const definitions = indexes.map(({ indexdef }) => indexdef).join('\n');
    expect(definitions).toMatch(/UNIQUE .*\(organization_id, email\)/);
    expect(definitions).toMatch(/\(organization_id, is_active[,)]/);
  });

  it('give no role above the giver’s own, and none to themselves', async () => {
    const admin = await buildMember(app, acme, 'ADMIN');
    const asAdmin = app.http(admin, acme.id);
    const refused = await asAdmin.post('/api/v1/members').send({ email: 'x@example.test', role: 'OWNER' }).expect(403);
    expect(refused.body).toMatchObject({ code: 'ROLE_ABOVE_OWN' });
    const members = await list(acme);
    const owner = members.find(({ email }) => email === acme.owner.email) as Member;
    const self = members.find(({ email }) => email === admin.email) as Member;
    await asAdmin.patch(`/api/v1/members/${owner.id}`).send({ role: 'MEMBER' }).expect(403);
    await asAdmin.delete(`/api/v1/members/${owner.id}`).expect(403);
    await asAdmin.patch(`/api/v1/members/${self.id}`).send({ role: 'OWNER' }).expect(403);
  });

  it('cannot lose the last owner, also not when two leave at once', async () => {
    const organization = await buildOrganization(app);
    const second = await buildMember(app, organization, 'OWNER');
    const members = await list(organization);
    const answers = await Promise.all(
      members.map(({ id }) =>
        app.http(id === members[0]?.id ? second : organization.owner, organization.id).delete(`/api/v1/members/${id}`),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).not.toEqual([204, 204]);
    const [row] = await askAsSuperuser<{ owners: number }>(
      `SELECT count(*)::int AS owners FROM memberships WHERE organization_id = $1 AND role = 'OWNER' AND is_active`,
      [organization.id],
    );
    expect(row?.owners).toBeGreaterThanOrEqual(1);
  });

  it('lose access with the next request, and can come back', async () => {
    const member = await buildMember(app, acme);
    const { id } = (await list(acme)).find(({ email }) => email === member.email) as Member;
    await app.http(member, acme.id).get('/api/v1/businesses').expect(200);
    await app.http(acme.owner).delete(`/api/v1/members/${id}`).expect(204);
    await app.http(member, acme.id).get('/api/v1/businesses').expect(404);
    await app.http(member).get('/api/v1/auth/me').expect(200);
    await add(acme, member.email, 'MEMBER').expect(201);
    await app.http(member, acme.id).get('/api/v1/businesses').expect(200);
  });

  it('S2-6 may leave by themselves, whatever their role, and lose access at once', async () => {
    const organization = await buildOrganization(app);
    for (const role of ['MEMBER', 'ADMIN', 'OWNER'] as const) {
      const person = await buildMember(app, organization, role);
      const http = app.http(person, organization.id);
      await http.delete('/api/v1/members/me').set('If-Match', '"99"').expect(412);
      await http.delete('/api/v1/members/me').expect(204);
      await http.get('/api/v1/businesses').expect(404);
      await http.delete('/api/v1/members/me').expect(404);
      const { body } = await app
        .http(organization.owner)
        .get(`/api/v1/audit-logs?action=member.left&actor=${person.user.id}`)
        .expect(200);
      expect((body as { data: object[] }).data).toMatchObject([{ entity: 'Membership', role, outcome: 'SUCCESS' }]);
    }
    const { body } = await app.http(organization.owner).delete('/api/v1/members/me').expect(422);
    expect(body).toMatchObject({ code: 'LAST_OWNER' });
  });

  it('of another organization look like none', async () => {
    await buildMember(app, globex);
    const [foreign] = await list(globex);
    const http = app.http(acme.owner);
    const id = (foreign as Member).id;
    await expectIndistinguishable(id, (target) => http.get(`/api/v1/members/${target}`));
    await expectIndistinguishable(id, (target) => http.patch(`/api/v1/members/${target}`).send({ role: 'MEMBER' }));
    await expectIndistinguishable(id, (target) => http.delete(`/api/v1/members/${target}`));
  });

  it('carry their role in one organization only', async () => {
    const both = await buildMember(app, acme, 'ADMIN');
    await add(globex, both.email, 'MEMBER').expect(201);
    await app.http(both, acme.id).post('/api/v1/businesses').send({ name: 'Allowed' }).expect(201);
    await app.http(both, globex.id).post('/api/v1/businesses').send({ name: 'Refused' }).expect(403);
    const outsider = await buildUser(app);
    await app.http(outsider, acme.id).get('/api/v1/businesses').expect(404);
  });
});
