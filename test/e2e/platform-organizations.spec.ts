import { randomUUID } from 'node:crypto';
import {
  buildBusiness,
  buildClientWithData,
  buildOrganization,
  type BuiltOrganization,
  buildSuperuser,
  type BuiltUser,
} from '../support/builders.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

const PATH = '/api/v1/platform/organizations';
const REASON = 'Ticket 4711: whose trial ends?';

interface Listed {
  readonly data: readonly { readonly id: string; readonly name: string; readonly slug: string }[];
  readonly page: { readonly nextCursor: string | null };
}

describe('the organizations of the platform', () => {
  const mark = randomUUID().slice(0, 8);
  let app: TestApp;
  let root: BuiltUser;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;

  beforeAll(async () => {
    app = await TestApp.start();
    root = await buildSuperuser(app);
    acme = await buildOrganization(app, `Acme ${mark}`);
    globex = await buildOrganization(app, `Globex 100% ${mark}`);
  });
  afterAll(async () => await app.stop());

  const list = async (query: object, status = 200, as: BuiltUser = root) =>
    (
      await app
        .http(as)
        .get(PATH)
        .query({ reason: REASON, ...query })
        .expect(status)
    ).body as Listed;
  const idsOf = ({ data }: Listed) => data.map(({ id }) => id);

  it('are listed for a superuser, by part of the name, state and page', async () => {
    expect(idsOf(await list({ search: mark, sort: 'name' }))).toEqual([acme.id, globex.id]);
    expect(idsOf(await list({ search: acme.slug.toUpperCase() }))).toEqual([acme.id]);
    expect(idsOf(await list({ search: `0% ${mark}` }))).toEqual([globex.id]);
    expect(idsOf(await list({ search: `%${mark}` }))).toEqual([]);
    const first = await list({ search: mark, limit: 1 });
    expect(idsOf(first)).toEqual([globex.id]);
    expect(idsOf(await list({ search: mark, limit: 1, cursor: first.page.nextCursor }))).toEqual([acme.id]);
    expect(idsOf(await list({ search: mark, subscriptionState: 'CANCELED' }))).toEqual([]);
  });

  it('are shown when they are deactivated only if asked for', async () => {
    const gone = await buildOrganization(app, `Gone ${mark}`);
    await app.http(gone.owner).delete('/api/v1/organizations/current').expect(204);
    expect(idsOf(await list({ search: `Gone ${mark}` }))).toEqual([]);
    const { data } = await list({ search: `Gone ${mark}`, includeInactive: true });
    expect(data).toMatchObject([{ id: gone.id, isActive: false, deactivatedAt: expect.any(String) as string }]);
  });

  it('S3-7 are on record with who asked and why, before they are read', async () => {
    await list({ search: mark, reason: `${REASON} ${mark}` });
    const events = await askAsSuperuser<{ actor_id: string }>(
      `SELECT actor_id FROM security_events WHERE action = 'unscoped.started' AND entry_point = 'http' AND reason LIKE $1`,
      [`%${REASON} ${mark}`],
    );
    expect(events).toEqual([{ actor_id: root.user.id }]);
  });

  it('need a reason, and somebody who runs the platform; others who try are on record', async () => {
    await list({ reason: undefined }, 400);
    await list({ reason: 'because' }, 400);
    expect(await list({}, 403, acme.owner)).toMatchObject({ code: 'SUPERUSER_REQUIRED' });
    const refused = await askAsSuperuser(
      `SELECT FROM security_events WHERE action = 'superuser.refused' AND actor_id = $1 AND reason = 'platform.organizations'`,
      [acme.owner.user.id],
    );
    expect(refused).toHaveLength(1);
    await app.http().get(PATH).query({ reason: REASON }).expect(401);
  });

  it('show nothing that they own, and open none of them', async () => {
    const secret = `secret-${mark}`;
    await buildClientWithData(app, acme, secret);
    const { id } = await buildBusiness(app, acme, `Business ${secret}`);
    const { data } = await list({ search: acme.slug });
    expect(Object.keys(data[0] ?? {}).sort()).toEqual(
      [
        'createdAt',
        'deactivatedAt',
        'id',
        'isActive',
        'isSubscriptionActive',
        'name',
        'slug',
        'subscriptionState',
      ].sort(),
    );
    expect(JSON.stringify(data)).not.toContain(secret);
    const foreign = await app.http(root, acme.id).get(`/api/v1/businesses/${id}`);
    const unknown = await app.http(root, randomUUID()).get(`/api/v1/businesses/${id}`);
    expect([foreign.status, (foreign.body as { code: string }).code]).toEqual([404, 'ORGANIZATION_NOT_FOUND']);
    expect((unknown.body as { code: string }).code).toBe('ORGANIZATION_NOT_FOUND');
  });
});
