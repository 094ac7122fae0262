import { randomUUID } from 'node:crypto';
import {
  buildBusiness,
  buildMember,
  buildOrganization,
  type BuiltOrganization,
  buildSuperuser,
  buildUser,
  type BuiltUser,
} from '../support/builders.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

const SESSIONS = '/api/v1/platform/support-sessions';
const REASON = 'Ticket 4711: no data since Monday';

interface Session {
  readonly id: string;
  readonly isLive: boolean;
  readonly approval: string;
}
interface Recorded {
  readonly action: string;
  readonly outcome: string;
  readonly actorId: string;
  readonly entityId: string;
  readonly reason: string | null;
}

let app: TestApp;
let root: BuiltUser;
let organization: BuiltOrganization;
let businessId: string;

beforeAll(async () => {
  app = await TestApp.start();
  root = await buildSuperuser(app);
});
beforeEach(async () => {
  organization = await buildOrganization(app);
  businessId = (await buildBusiness(app, organization)).id;
});
afterAll(async () => {
  await app.stop();
});

async function open(fields: object = {}, as: BuiltUser = root): Promise<Session> {
  const body = { organizationId: organization.id, reason: REASON, ...fields };
  return (await app.http(as).post(SESSIONS).send(body).expect(201)).body as Session;
}
const read = async (as: BuiltUser = root) =>
  (await app.http(as, organization.id).get(`/api/v1/businesses/${businessId}`)).status;
const asOwner = () => app.http(organization.owner, organization.id);

async function recorded(action: string): Promise<Recorded[]> {
  const { body } = await asOwner().get(`/api/v1/audit-logs?action=${action}`).expect(200);
  return (body as { data: Recorded[] }).data.reverse();
}

describe('a superuser', () => {
  it('without a support session is nobody in an organization, by any route', async () => {
    expect(await read()).toBe(404);
    await app.http(root).get('/api/v1/businesses').expect(400);
  });

  it('C12 S3-7 comes in by a support session, and each step is on the organization’s record under its name', async () => {
    const session = await open();
    expect(session).toMatchObject({ isLive: true, approval: 'NOT_NEEDED', isReadOnly: true, userEmail: root.email });
    expect(await read()).toBe(200);
    await app.http(root, organization.slug).get('/api/v1/businesses').expect(200);
    const [opened] = await recorded('support.opened');
    expect(opened).toMatchObject({ actorId: root.user.id, entityId: session.id, reason: REASON });
    expect(await recorded('support.request')).toEqual([
      expect.objectContaining({
        actorId: root.user.id,
        outcome: 'SUCCESS',
        reason: `GET /api/v1/businesses/${businessId}`,
      }),
      expect.objectContaining({ entityId: session.id, outcome: 'SUCCESS', reason: 'GET /api/v1/businesses' }),
    ]);
  });

  it('reads only, unless the session says otherwise, and what it tried is on record', async () => {
    const rename = async () =>
      (await app.http(root, organization.id).patch(`/api/v1/businesses/${businessId}`).send({ name: 'Renamed' }))
        .status;
    await open();
    expect(await rename()).toBe(403);
    expect(await recorded('support.request')).toMatchObject([{ outcome: 'DENIED', actorId: root.user.id }]);
    await open({ isReadOnly: false });
    expect(await rename()).toBe(200);
    expect(await recorded('business.updated')).toMatchObject([{ actorId: root.user.id }]);
  });

  it('never does what only an owner may, also with a session that writes', async () => {
    const { id } = await open({ isReadOnly: false });
    const http = app.http(root, organization.id);
    await http.delete('/api/v1/organizations/current').expect(403);
    await http.put('/api/v1/support-sessions/approval-requirement').send({ isRequired: false }).expect(403);
    await http.delete(`/api/v1/support-sessions/${id}`).expect(403);
  });

  it('comes into no other organization than the one of the session', async () => {
    const other = await buildOrganization(app);
    await open();
    await app.http(root, other.id).get('/api/v1/businesses').expect(404);
    await app.http(root, other.slug).get('/api/v1/businesses').expect(404);
  });

  it('loses the way in with its rank, with its account, when time is up, and when it ends the session', async () => {
    const { id } = await open();
    for (const [lose, regain] of [
      [`platform_role = 'USER'`, `platform_role = 'SUPERUSER'`],
      ['is_active = false', 'is_active = true'],
    ]) {
      await askAsSuperuser(`UPDATE users SET ${lose} WHERE id = $1`, [root.user.id]);
      expect(await read()).toBeGreaterThanOrEqual(401);
      await askAsSuperuser(`UPDATE users SET ${regain} WHERE id = $1`, [root.user.id]);
      expect(await read()).toBe(200);
    }
    await app.http(root).delete(`${SESSIONS}/${id}`).expect(204);
    expect(await read()).toBe(404);
    await app.http(root).delete(`${SESSIONS}/${id}`).expect(422);
    const second = await open();
    await askAsSuperuser(`UPDATE support_sessions SET expires_at = now() WHERE id = $1`, [second.id]);
    expect(await read()).toBe(404);
  });

  it('is refused without a reason, for too long, and for an organization that there is not', async () => {
    const send = (fields: object) =>
      app
        .http(root)
        .post(SESSIONS)
        .send({ organizationId: organization.id, reason: REASON, ...fields });
    await send({ reason: 'because' }).expect(400);
    await send({ reason: undefined }).expect(400);
    await send({ minutes: 241 }).expect(400);
    await send({ minutes: '60' }).expect(400);
    await send({ organizationId: randomUUID() }).expect(404);
    await send({ organizationId: 'acme' }).expect(400);
  });
});

describe('an organization', () => {
  it('sees and ends support sessions', async () => {
    const { id } = await open();
    const admin = await buildMember(app, organization, 'ADMIN');
    const { body } = await app.http(admin, organization.id).get('/api/v1/support-sessions').expect(200);
    expect((body as { data: Session[] }).data).toMatchObject([{ id, isLive: true, reason: REASON }]);
    await app.http(admin, organization.id).delete(`/api/v1/support-sessions/${id}`).expect(403);
    await asOwner().delete(`/api/v1/support-sessions/${id}`).expect(204);
    expect(await read()).toBe(404);
    expect(await recorded('support.ended')).toMatchObject([{ actorId: organization.owner.user.id, entityId: id }]);
    await asOwner().delete(`/api/v1/support-sessions/${id}`).expect(422);
  });

  it('can ask for approval before anybody comes in', async () => {
    await asOwner().put('/api/v1/support-sessions/approval-requirement').send({ isRequired: true }).expect(204);
    const { id, isLive, approval } = await open({ isReadOnly: false });
    expect({ isLive, approval }).toEqual({ isLive: false, approval: 'PENDING' });
    expect(await read()).toBe(404);
    await asOwner().put(`/api/v1/support-sessions/${id}/approval`).expect(200);
    expect(await read()).toBe(200);
    await asOwner().put(`/api/v1/support-sessions/${id}/approval`).expect(422);
  });

  it('does not see, approve or end another organization’s support sessions', async () => {
    const { id } = await open();
    const other = await buildOrganization(app);
    const http = app.http(other.owner, other.id);
    expect((await http.get('/api/v1/support-sessions').expect(200)).body).toMatchObject({ data: [] });
    await http.put(`/api/v1/support-sessions/${id}/approval`).expect(404);
    await http.delete(`/api/v1/support-sessions/${id}`).expect(404);
    expect(await read()).toBe(200);
  });
});

describe('anybody else', () => {
  it('opens none, and the attempt is on record', async () => {
    const { owner } = await buildOrganization(app);
    const body = { organizationId: organization.id, reason: REASON };
    const { body: problem } = await app.http(owner).post(SESSIONS).send(body).expect(403);
    expect(problem).toMatchObject({ code: 'SUPERUSER_REQUIRED' });
    await app.http(owner).get(SESSIONS).expect(403);
    const events = await askAsSuperuser(
      `SELECT reason FROM security_events WHERE actor_id = $1 AND action = 'superuser.refused' ORDER BY id`,
      [owner.user.id],
    );
    expect(events).toEqual([{ reason: 'support.open' }, { reason: 'support.list' }]);
  });

  it('gets nothing from a session that was written for a person who is no superuser', async () => {
    const stranger = await buildUser(app);
    const { id } = await open();
    await askAsSuperuser('UPDATE support_sessions SET user_id = $1 WHERE id = $2', [stranger.user.id, id]);
    expect(await read(stranger)).toBe(404);
  });
});

it('is refused by the database that an organization rewrites who came, why and how long', async () => {
  const [{ columns } = { columns: '' }] = await askAsSuperuser<{ columns: string }>(
    `SELECT string_agg(column_name, ',' ORDER BY column_name) AS columns FROM information_schema.column_privileges
      WHERE table_name = 'support_sessions' AND grantee = 'bulkhead_app' AND privilege_type = 'UPDATE'`,
  );
  expect(columns).toBe('approval,approved_by,ended_at,ended_by');
});
