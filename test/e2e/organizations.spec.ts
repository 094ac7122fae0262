import { randomUUID } from 'node:crypto';
import { AccessService } from '../../src/features/memberships/access.service.js';
import { OrganizationDatabase } from '../../src/platform/database/organization-database.js';
import {
  buildBusiness,
  buildMember,
  buildOrganization,
  buildUser,
  type BuiltOrganization,
} from '../support/builders.js';
import { runAs } from '../support/contexts.js';
import { statementsOf } from '../support/statements.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

interface Listed {
  data: { id: string; slug: string; role: string }[];
}

describe('organizations', () => {
  let app: TestApp;
  let acme: BuiltOrganization;

  beforeAll(async () => {
    app = await TestApp.start();
    acme = await buildOrganization(app);
  });
  afterAll(async () => await app.stop());

  it('S2-2 S2-4 S3-1 are created with name, e-mail and a slug that is made unique', async () => {
    const name = `Blue Door ${randomUUID().slice(0, 8)}`;
    const slug = name.toLowerCase().replaceAll(' ', '-');
    const create = () => app.http(acme.owner).post('/api/v1/organizations').send({ name, email: 'Office@Blue.test' });
    const { body: first } = await create().expect(201);
    const { body: second } = await create().expect(201);
    expect(first).toMatchObject({
      name,
      slug,
      email: 'office@blue.test',
      ownerId: acme.owner.user.id,
      features: {},
      subscriptionState: 'ACTIVE',
      isSubscriptionActive: true,
      isActive: true,
    });
    expect(second).toMatchObject({ slug: `${slug}-2` });
  });

  it('S2-2 refuses a chosen slug that is taken', async () => {
    const { body } = await app
      .http(acme.owner)
      .post('/api/v1/organizations')
      .send({ name: 'Copy', slug: acme.slug })
      .expect(409);
    expect(body).toMatchObject({ code: 'SLUG_TAKEN', errors: [{ path: 'slug' }] });
  });

  it('S2-3 makes the owner a member with role OWNER in the same transaction', async () => {
    const rows = await askAsSuperuser<{ role: string; same: boolean }>(
      `SELECT m.role, m.xmin = o.xmin AS same FROM organizations o JOIN memberships m ON m.organization_id = o.id WHERE o.id = $1`,
      [acme.id],
    );
    expect(rows).toEqual([{ role: 'OWNER', same: true }]);
  });

  it('S2-14 lists mine, those that I own, and those that I administer, active ones only', async () => {
    const person = await buildUser(app);
    const http = app.http(person);
    const { body: own } = await http.post('/api/v1/organizations').send({ name: 'Own' }).expect(201);
    const { body: gone } = await http.post('/api/v1/organizations').send({ name: 'Gone' }).expect(201);
    const [administered, joined] = [await buildOrganization(app), await buildOrganization(app)];
    await app.http(administered.owner).post('/api/v1/members').send({ email: person.email, role: 'ADMIN' }).expect(201);
    await app.http(joined.owner).post('/api/v1/members').send({ email: person.email, role: 'MEMBER' }).expect(201);
    await app
      .http(person, (gone as { id: string }).id)
      .delete('/api/v1/organizations/current')
      .expect(204);
    const list = async (query: string) => {
      const { body } = await http.get(`/api/v1/organizations${query}`).expect(200);
      return (body as Listed).data.map(({ id, role }) => [id, role]).sort();
    };
    const ownId = (own as { id: string }).id;
    expect(await list('')).toEqual(
      [
        [ownId, 'OWNER'],
        [administered.id, 'ADMIN'],
        [joined.id, 'MEMBER'],
      ].sort(),
    );
    expect(await list('?role=owner')).toEqual([[ownId, 'OWNER']]);
    expect(await list('?role=owner,admin')).toEqual(
      [
        [ownId, 'OWNER'],
        [administered.id, 'ADMIN'],
      ].sort(),
    );
    expect(await list('?includeInactive=true')).toContainEqual([(gone as { id: string }).id, 'OWNER']);
  });

  it('S2-17 are closed to everybody once deactivated', async () => {
    const organization = await buildOrganization(app);
    const member = await buildMember(app, organization);
    await app.http(member, organization.id).delete('/api/v1/organizations/current').expect(403);
    await app.http(organization.owner).delete('/api/v1/organizations/current').expect(204);
    for (const person of [organization.owner, member]) {
      const { body } = await app.http(person, organization.id).get('/api/v1/businesses').expect(404);
      expect(body).toMatchObject({ code: 'ORGANIZATION_NOT_FOUND' });
    }
  });

  it('S2-16 S2-19 come with businesses, integrations and members in a fixed number of statements', async () => {
    const organization = await buildOrganization(app);
    const database = app.get(OrganizationDatabase);
    const load = () =>
      runAs(app, organization, () =>
        database.organization.findMany({
          include: {
            owner: { select: { email: true } },
            memberships: { include: { user: { select: { email: true } } } },
            businesses: { where: { isActive: true }, include: { integrations: { include: { facebookPage: true } } } },
          },
        }),
      );
    await buildBusiness(app, organization);
    const few = await statementsOf(app, load);
    for (let number = 0; number < 4; number += 1) await buildBusiness(app, organization, `Shop ${number}`);
    expect(await statementsOf(app, load)).toHaveLength(few.length);
    const [loaded] = await load();
    expect(loaded?.businesses).toHaveLength(5);
    expect(loaded?.owner.email).toBe(organization.owner.email);
    expect(loaded?.memberships.map(({ user }) => user.email)).toEqual([organization.owner.email]);
  });

  it('S2-8 S2-21 tell who has access and who administers', async () => {
    const [admin, member, stranger] = [
      await buildMember(app, acme, 'ADMIN'),
      await buildMember(app, acme),
      await buildUser(app),
    ];
    const access = app.get(AccessService);
    const answers = async (userId: string) => [
      await access.userHasOrgAccess(userId, acme.id),
      await access.userHasAdminAccess(userId, acme.slug),
    ];
    expect(await answers(acme.owner.user.id)).toEqual([true, true]);
    expect(await answers(admin.user.id)).toEqual([true, true]);
    expect(await answers(member.user.id)).toEqual([true, false]);
    expect(await answers(stranger.user.id)).toEqual([false, false]);
  });

  it('change by PATCH with If-Match, and keep their slug unique', async () => {
    const organization = await buildOrganization(app);
    const patch = (body: object) =>
      app.http(organization.owner).patch('/api/v1/organizations/current').set('If-Match', '"1"').send(body);
    await patch({ slug: acme.slug }).expect(409);
    const { body } = await patch({ name: 'Renamed' }).expect(200);
    expect(body).toMatchObject({ name: 'Renamed', version: 2 });
    await patch({ name: 'Late' }).expect(412);
  });

  it('S3-9 S3-11 leave the home organization of a user empty until there is one', async () => {
    const person = await buildUser(app);
    expect(person.user.homeOrganizationId).toBeNull();
    expect(person.activeOrganizationId).toBeNull();
    expect(person.user.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    await app.http(person).get('/api/v1/businesses').expect(400);
    const { body } = await app.http(person).post('/api/v1/organizations').send({ name: 'First' }).expect(201);
    await app.http(person).get('/api/v1/businesses').expect(200);
    const { body: me } = await app.http(person).get('/api/v1/auth/me').expect(200);
    expect(me).toMatchObject({ activeOrganizationId: (body as { id: string }).id });
    const [column] = await askAsSuperuser<{ is_nullable: string }>(
      `SELECT is_nullable FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'home_organization_id'`,
    );
    expect(column).toEqual({ is_nullable: 'YES' });
  });
});
