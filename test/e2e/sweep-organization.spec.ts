import { randomUUID } from 'node:crypto';
import {
  buildBusiness,
  buildOrganization,
  type BuiltOrganization,
  buildUser,
  type BuiltUser,
} from '../support/builders.js';
import { observable, RawClient } from '../support/open-api-request.js';
import { Witness } from '../support/sweep-witness.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
let client: RawClient;
let witness: Witness;
let acme: BuiltOrganization;
let globex: BuiltOrganization;
/** Belongs to both organizations, and to none. */
let both: BuiltUser;
let stranger: BuiltUser;

beforeAll(async () => {
  app = await TestApp.start();
  client = new RawClient(app.url);
  witness = await Witness.open();
  acme = await buildOrganization(app);
  globex = await buildOrganization(app);
  both = await buildUser(app);
  stranger = await buildUser(app);
  for (const organization of [acme, globex]) await addMember(organization, both);
});
afterAll(async () => {
  client.close();
  await witness.close();
  await app.stop();
});

async function addMember({ owner, id }: BuiltOrganization, { email }: BuiltUser): Promise<void> {
  await app.http(owner, id).post('/api/v1/members').send({ email, role: 'MEMBER' }).expect(201);
}

describe('the organization of a request', () => {
  const current = async (as: BuiltUser, organization?: string, path = '/organizations/current') =>
    await client.sendAs(as, { method: 'get', path: `/api/v1${path}`, organization });
  const integrations = (organization: string, business: string) =>
    `/organizations/${organization}/businesses/${business}/integrations`;

  it('S3-5 is the one that the header names, by id or by slug', async () => {
    for (const organization of [acme, globex]) {
      expect(await current(both, organization.id)).toMatchObject({ status: 200, body: { id: organization.id } });
      expect(await current(both, organization.slug)).toMatchObject({ status: 200, body: { id: organization.id } });
    }
  });

  it('is the active one of the log-in without a header', async () => {
    expect(await current(acme.owner)).toMatchObject({ status: 200, body: { id: acme.id } });
    const user = await buildUser(app, `Home ${randomUUID()}`);
    await addMember(acme, user);
    await app.http(user).post('/api/v1/auth/switch-organization').send({ organizationId: acme.id }).expect(200);
    expect(await current(user)).toMatchObject({ status: 200, body: { id: acme.id } });
    const refused = await app.http(user).post('/api/v1/auth/switch-organization').send({ organizationId: globex.id });
    const unknown = await app
      .http(user)
      .post('/api/v1/auth/switch-organization')
      .send({ organizationId: randomUUID() });
    expect(refused).toMatchObject({ status: 404, body: { ...unknown.body, requestId: expect.any(String) } });
    expect(await current(user)).toMatchObject({ status: 200, body: { id: acme.id } });
  });

  it('must be named by a person who has none', async () => {
    expect(await current(stranger)).toMatchObject({ status: 400, body: { code: 'ORGANIZATION_REQUIRED' } });
    for (const name of ['', ' ', 'null', 'undefined', '*', '%', randomUUID()]) {
      expect(await current(stranger, name)).toMatchObject({ status: 404, body: { code: 'ORGANIZATION_NOT_FOUND' } });
    }
  });

  it('C10 is closed to a superuser without a membership like to anybody', async () => {
    const superuser = await buildUser(app);
    await witness.query(`UPDATE users SET platform_role = 'SUPERUSER' WHERE id = $1`, [superuser.user.id]);
    const refused = await current(superuser, acme.id);
    expect(observable(refused)).toEqual(observable(await current(superuser, randomUUID())));
    expect(refused.status).toBe(404);
  });

  it('is never guessed from something that is almost its name', async () => {
    const { id, slug } = acme;
    for (const name of [
      `${id}0`,
      id.slice(0, -1),
      `{${id}}`,
      `${slug}-`,
      slug.slice(0, -1),
      `${slug}%`,
      `${slug}' OR '1'='1`,
    ]) {
      expect(await current(acme.owner, name)).toMatchObject({
        status: 404,
        body: { code: 'ORGANIZATION_NOT_FOUND' },
      });
    }
  });

  it('may be named by path and header, but not differently', async () => {
    const [own, other] = [acme, globex];
    const business = (await buildBusiness(app, own, 'Named')) as { id: string; slug?: string };
    const path = integrations(own.slug, String(business.slug));
    for (const header of [own.id, own.slug, undefined]) {
      expect(await current(both, header, path)).toMatchObject({ status: 200 });
    }
    const absent = await current(both, randomUUID(), path);
    for (const header of [other.id, other.slug]) {
      const refused = await current(both, header, path);
      expect(refused).toMatchObject({ status: 404, body: { code: 'ORGANIZATION_NOT_FOUND' } });
      expect(observable(refused)).toEqual(observable(absent));
    }
  });
});
