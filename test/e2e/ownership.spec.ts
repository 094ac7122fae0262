import { randomUUID } from 'node:crypto';
import {
  buildMember,
  buildOrganization,
  buildUser,
  type BuiltUser,
  type BuiltOrganization,
} from '../support/builders.js';
import { observable } from '../support/expect-isolated.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

interface AuditLog {
  readonly action: string;
  readonly entityId: string;
  readonly actorId: string;
  readonly requestId: string;
}

describe('the life of an organization', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(async () => await app.stop());

  const membershipOf = async (organization: BuiltOrganization, { user }: BuiltUser) => {
    const [row] = await askAsSuperuser<{ id: string; role: string }>(
      'SELECT id, role FROM memberships WHERE organization_id = $1 AND user_id = $2',
      [organization.id, user.id],
    );
    return row as { id: string; role: string };
  };
  const records = async (as: BuiltUser, { id }: BuiltOrganization, action: string) => {
    const { body } = await app.http(as, id).get(`/api/v1/audit-logs?action=${action}`).expect(200);
    return (body as { data: AuditLog[] }).data;
  };

  describe('its ownership', () => {
    it('S2-2 passes to a member, who becomes OWNER, and the former owner stays one; both sides are on record', async () => {
      const organization = await buildOrganization(app);
      const member = await buildMember(app, organization);
      const http = app.http(organization.owner, organization.id);
      const transfer = (userId: string) => http.put('/api/v1/organizations/current/owner').send({ userId });
      await transfer(member.user.id).set('If-Match', '"9"').expect(412);
      expect(await membershipOf(organization, member)).toMatchObject({ role: 'MEMBER' });
      const { body } = await transfer(member.user.id).set('If-Match', '"1"').expect(200);
      expect(body).toMatchObject({ ownerId: member.user.id, version: 2 });
      const [heir, former] = [
        await membershipOf(organization, member),
        await membershipOf(organization, organization.owner),
      ];
      expect([heir.role, former.role]).toEqual(['OWNER', 'OWNER']);
      const [given] = await records(organization.owner, organization, 'ownership.given');
      const [received] = await records(organization.owner, organization, 'ownership.received');
      expect(given).toMatchObject({ entityId: former.id, actorId: organization.owner.user.id });
      expect(received).toMatchObject({ entityId: heir.id, requestId: given?.requestId });
      expect((await transfer(member.user.id).expect(200)).body).toMatchObject({ version: 2 });
      expect(await records(organization.owner, organization, 'ownership.given')).toHaveLength(1);
    });

    it('passes to nobody who is not an active member, and is given by owners only', async () => {
      const organization = await buildOrganization(app);
      const [admin, removed, stranger] = [
        await buildMember(app, organization, 'ADMIN'),
        await buildMember(app, organization),
        await buildUser(app),
      ];
      await app.http(removed, organization.id).delete('/api/v1/members/me').expect(204);
      const transfer = (as: BuiltUser, userId: string) =>
        app.http(as, organization.id).put('/api/v1/organizations/current/owner').send({ userId });
      const absent = await transfer(organization.owner, randomUUID()).expect(404);
      expect(absent.body).toMatchObject({ code: 'MEMBER_NOT_FOUND' });
      for (const { user } of [removed, stranger]) {
        expect(observable(await transfer(organization.owner, user.id))).toEqual(observable(absent));
      }
      await transfer(admin, admin.user.id).expect(403);
    });

    it('follows by itself when the named owner leaves', async () => {
      const organization = await buildOrganization(app);
      const [second, third] = [
        await buildMember(app, organization, 'OWNER'),
        await buildMember(app, organization, 'OWNER'),
      ];
      await app.http(organization.owner, organization.id).delete('/api/v1/members/me').expect(204);
      const { body } = await app.http(third, organization.id).get('/api/v1/organizations/current').expect(200);
      expect(body).toMatchObject({ ownerId: second.user.id });
      const [received] = await records(third, organization, 'ownership.received');
      expect(received).toMatchObject({ entityId: (await membershipOf(organization, second)).id });
    });
  });

  describe('its restoration', () => {
    const restore = (as: BuiltUser, organizationId: string) =>
      app.http(as).put('/api/v1/organizations/current/activation').send({ organizationId });
    const eventsOn = async (organizationId: string) =>
      await askAsSuperuser<{ reason: string; actor_id: string }>(
        `SELECT reason, actor_id FROM security_events WHERE organization_id = $1 AND action = 'organization.refused' ORDER BY id`,
        [organizationId],
      );

    it('S2-17 is open to its owners alone, and only by its id', async () => {
      const organization = await buildOrganization(app);
      const admin = await buildMember(app, organization, 'ADMIN');
      const stranger = await buildUser(app);
      await app.http(organization.owner).delete('/api/v1/organizations/current').expect(204);
      const absent = await restore(organization.owner, randomUUID()).expect(404);
      expect(observable(await restore(stranger, organization.id))).toEqual(observable(absent));
      expect((await restore(admin, organization.id).expect(403)).body).toMatchObject({ code: 'ROLE_TOO_LOW' });
      expect(await eventsOn(organization.id)).toEqual([
        { reason: 'ORGANIZATION_NOT_FOUND', actor_id: stranger.user.id },
        { reason: 'ROLE_TOO_LOW', actor_id: admin.user.id },
      ]);
      // No other route opens with it.
      await app.http(organization.owner, organization.id).get('/api/v1/organizations/current').expect(404);
      await app
        .http(organization.owner, organization.id)
        .put('/api/v1/organizations/current/activation')
        .send({ organizationId: organization.id })
        .expect(404);
      const { body } = await restore(organization.owner, organization.id).expect(200);
      expect(body).toMatchObject({ id: organization.id, isActive: true, version: 3 });
      await app.http(admin, organization.id).get('/api/v1/businesses').expect(200);
      expect(await records(organization.owner, organization, 'organization.restored')).toMatchObject([
        { entityId: organization.id, actorId: organization.owner.user.id },
      ]);
      expect((await restore(organization.owner, organization.id).expect(200)).body).toMatchObject({ version: 3 });
      expect(await records(organization.owner, organization, 'organization.restored')).toHaveLength(1);
    });
  });
});
