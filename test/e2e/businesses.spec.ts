import { buildBusiness, buildMember, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { expectIndistinguishable } from '../support/expect-isolated.js';
import { TestApp } from '../support/test-app.js';

describe('businesses', () => {
  let app: TestApp;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;

  beforeAll(async () => {
    app = await TestApp.start();
    acme = await buildOrganization(app);
    globex = await buildOrganization(app);
  });
  afterAll(async () => await app.stop());

  it('S2-9 creates a business with name, automatic slug, description and isActive', async () => {
    const body = { name: 'Corner Shop', description: 'On the corner' };
    const first = await app.http(acme.owner).post('/api/v1/businesses').send(body).expect(201);
    const second = await app.http(acme.owner).post('/api/v1/businesses').send(body).expect(201);
    expect(first.body).toMatchObject({ ...body, slug: 'corner-shop', isActive: true, version: 1 });
    expect(second.body).toMatchObject({ slug: 'corner-shop-2' });
    expect(first.headers['etag']).toBe('"1"');
  });

  it('S2-9 keeps a slug unique inside the organization and free in others', async () => {
    const body = { name: 'Outlet', slug: 'outlet' };
    await app.http(acme.owner).post('/api/v1/businesses').send(body).expect(201);
    const taken = await app.http(acme.owner).post('/api/v1/businesses').send(body).expect(409);
    expect(taken.body).toMatchObject({ code: 'VALUE_TAKEN', errors: [{ path: 'slug' }] });
    await app.http(globex.owner).post('/api/v1/businesses').send(body).expect(201);
  });

  it('S2-17 hides a deactivated business, shows it on demand, and restores it', async () => {
    const { id } = await buildBusiness(app, acme, 'Pop-up');
    await app.http(acme.owner).delete(`/api/v1/businesses/${id}`).expect(204);
    await app.http(acme.owner).get(`/api/v1/businesses/${id}`).expect(404);
    const list = async (query: string) => {
      const { body } = await app.http(acme.owner).get(`/api/v1/businesses?limit=100${query}`).expect(200);
      return (body as { data: { id: string }[] }).data.map((row) => row.id);
    };
    expect(await list('')).not.toContain(id);
    expect(await list('&includeInactive=true')).toContain(id);
    await app.http(acme.owner).put(`/api/v1/businesses/${id}/activation`).expect(200);
    await app.http(acme.owner).get(`/api/v1/businesses/${id}`).expect(200);
  });

  it('refuses a change to a version that is not the current one', async () => {
    const { id } = await buildBusiness(app, acme);
    const patch = (tag: string) =>
      app.http(acme.owner).patch(`/api/v1/businesses/${id}`).set('If-Match', tag).send({ name: 'New' });
    await patch('"1"').expect(200);
    const conflict = await patch('"1"').expect(412);
    expect(conflict.body).toMatchObject({ code: 'VERSION_CONFLICT' });
  });

  it('lets members read and administrators write', async () => {
    const member = await buildMember(app, acme);
    const { id } = await buildBusiness(app, acme);
    await app.http(member, acme.id).get(`/api/v1/businesses/${id}`).expect(200);
    const refused = await app
      .http(member, acme.id)
      .patch(`/api/v1/businesses/${id}`)
      .send({ name: 'Mine' })
      .expect(403);
    expect(refused.body).toMatchObject({ code: 'ROLE_TOO_LOW' });
  });

  it('answers for another organization’s business as for none', async () => {
    const { id } = await buildBusiness(app, globex);
    const http = app.http(acme.owner);
    await expectIndistinguishable(id, (target) => http.get(`/api/v1/businesses/${target}`));
    await expectIndistinguishable(id, (target) => http.patch(`/api/v1/businesses/${target}`).send({ name: 'Mine' }));
    await expectIndistinguishable(id, (target) => http.delete(`/api/v1/businesses/${target}`));
    await expectIndistinguishable(id, (target) => http.put(`/api/v1/businesses/${target}/activation`));
  });

  it('S2-10 pages through a list without losing or doubling a row', async () => {
    const organization = await buildOrganization(app);
    for (let number = 0; number < 5; number += 1) await buildBusiness(app, organization, `Shop ${number}`);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await app
        .http(organization.owner)
        .get(`/api/v1/businesses?limit=2&sort=name${cursor}`)
        .expect(200);
      const { data, page } = body as { data: { name: string }[]; page: { nextCursor: string | null } };
      seen.push(...data.map(({ name }) => name));
      cursor = page.nextCursor ? `&cursor=${page.nextCursor}` : '';
    } while (cursor);
    expect(seen).toEqual(['Shop 0', 'Shop 1', 'Shop 2', 'Shop 3', 'Shop 4']);
  });
});
