// cspell:ignore Ngan Žižkov Zizkov zizkov ŽIŽKOV PELI
import pg from 'pg';
import {
  build,
  buildApiKey,
  buildMember,
  buildOrganization,
  type BuiltOrganization,
  buildUser,
} from '../support/builders.js';
import { expectIndistinguishable } from '../support/expect-isolated.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import { environmentFor } from '../support/test-environment.js';

const PUBLIC = '/api/v1/published-properties';
const VILLA = {
  title: 'Villa with a view of the sea',
  description: 'Quiet, near the beach.',
  type: 'VILLA',
  offer: 'SALE',
  place: 'Ko Pha-Ngan',
  price: 12_500_000_00,
  currency: 'THB',
  bedrooms: 3,
};
interface Listing {
  readonly id: string;
  readonly title: string;
  readonly price: number;
  readonly isPublished: boolean;
}
interface Listings {
  readonly data: Listing[];
  readonly page: { readonly nextCursor: string | null };
}

let app: TestApp;
let acme: BuiltOrganization;
let globex: BuiltOrganization;

beforeAll(async () => {
  app = await TestApp.start();
  [acme, globex] = [await buildOrganization(app), await buildOrganization(app)];
});
afterAll(async () => await app.stop());

const owner = (organization: BuiltOrganization) => app.http(organization.owner, organization.id);
const draft = async (organization: BuiltOrganization, fields: object = {}) =>
  await build<Listing>(app, organization, '/properties', { ...VILLA, ...fields });
const publish = async (organization: BuiltOrganization, id: string, isPublished = true) =>
  await owner(organization).put(`/api/v1/properties/${id}/publication`).send({ isPublished }).expect(200);
const published = async (organization: BuiltOrganization, fields: object = {}) => {
  const { id } = await draft(organization, fields);
  await publish(organization, id);
  return id;
};
const search = async (query: Record<string, string | number>) => {
  const { body } = await app.http().get(PUBLIC).query(query).expect(200);
  return (body as Listings).data;
};
const idsOf = async (query: Record<string, string | number>) => (await search(query)).map(({ id }) => id).sort();

describe('properties', () => {
  it('S4-9 S4-18 record who created, changed and published them', async () => {
    const admin = await buildMember(app, acme, 'ADMIN');
    const { id } = await draft(acme);
    await app.http(admin, acme.id).patch(`/api/v1/properties/${id}`).send({ bedrooms: 4 }).expect(200);
    const { body, headers } = await publish(acme, id);
    const [own, other] = [acme.owner.user.id, admin.user.id];
    expect(body).toMatchObject({ createdBy: own, updatedBy: own, publishedBy: own, isPublished: true, bedrooms: 4 });
    expect(headers['etag']).toBe('"3"');
    const rows = await askAsSuperuser<{ action: string; actor_id: string }>(
      `SELECT action, actor_id FROM audit_logs WHERE organization_id = $1 AND entity_id = $2 ORDER BY sequence`,
      [acme.id, id],
    );
    expect(rows).toEqual([
      { action: 'property.created', actor_id: own },
      { action: 'property.updated', actor_id: other },
      { action: 'property.published', actor_id: own },
    ]);
  });

  it('S4-18 are recorded under the member who made it, when an API key works on them', async () => {
    const key = await buildApiKey(app, acme, { scopes: ['properties:write'], role: 'ADMIN' });
    const { body } = await app.http(key).post('/api/v1/properties').send(VILLA).expect(201);
    expect(body).toMatchObject({ createdBy: acme.owner.user.id });
  });

  it('S4-18 are drafts until they are published, and drafts again afterwards', async () => {
    const { id } = await draft(acme);
    await app.http().get(`${PUBLIC}/${id}`).expect(404);
    await publish(acme, id);
    const { body } = await app.http().get(`${PUBLIC}/${id}`).expect(200);
    expect(Object.keys(body as object).sort()).toEqual([
      'areaSquareMeters',
      'bedrooms',
      'currency',
      'description',
      'id',
      'offer',
      'place',
      'price',
      'publishedAt',
      'title',
      'type',
    ]);
    await publish(acme, id, false);
    await expectIndistinguishable(id, (target) => app.http().get(`${PUBLIC}/${target}`));
    await publish(acme, id);
    await owner(acme).delete(`/api/v1/properties/${id}`).expect(204);
    await app.http().get(`${PUBLIC}/${id}`).expect(404);
    await owner(acme).put(`/api/v1/properties/${id}/activation`).expect(200);
    await app.http().get(`${PUBLIC}/${id}`).expect(404);
  });

  it('C4 S4-18 show drafts to their organization only', async () => {
    const { id } = await draft(globex);
    const member = await buildMember(app, globex);
    await app.http(member, globex.id).get(`/api/v1/properties/${id}`).expect(200);
    await app
      .http(member, globex.id)
      .put(`/api/v1/properties/${id}/publication`)
      .send({ isPublished: true })
      .expect(403);
    const http = owner(acme);
    await expectIndistinguishable(id, (target) => http.get(`/api/v1/properties/${target}`));
    await expectIndistinguishable(id, (target) => http.patch(`/api/v1/properties/${target}`).send({ title: 'Mine' }));
    await expectIndistinguishable(id, (target) =>
      http.put(`/api/v1/properties/${target}/publication`).send({ isPublished: true }),
    );
    const { body } = await app
      .http(await buildUser(app))
      .get(PUBLIC)
      .expect(200);
    expect(JSON.stringify(body)).not.toContain(id);
  });

  it('withdraw with their organization, and come back with it', async () => {
    const gone = await buildOrganization(app);
    const id = await published(gone, { title: 'Withdrawn lighthouse' });
    expect(await idsOf({ text: 'lighthouse' })).toEqual([id]);
    await owner(gone).delete('/api/v1/organizations/current').expect(204);
    expect(await idsOf({ text: 'lighthouse' })).toEqual([]);
    await app.http().get(`${PUBLIC}/${id}`).expect(404);
    const body = { organizationId: gone.id };
    await app.http(gone.owner).put('/api/v1/organizations/current/activation').send(body).expect(200);
    expect(await idsOf({ text: 'lighthouse' })).toEqual([id]);
  });

  it('heed If-Match', async () => {
    const { id } = await draft(acme);
    const patch = (tag: string) =>
      owner(acme).patch(`/api/v1/properties/${id}`).set('If-Match', tag).send({ price: 1 });
    await patch('"1"').expect(200);
    await patch('"1"').expect(412);
    const publication = `/api/v1/properties/${id}/publication`;
    await owner(acme).put(publication).set('If-Match', '"1"').send({ isPublished: false }).expect(412);
  });

  it('S4-8 refuse a product in the body, and say what else is wrong', async () => {
    const post = (fields: object) =>
      owner(acme)
        .post('/api/v1/properties')
        .send({ ...VILLA, ...fields });
    for (const fields of [{ product: 'realestate' }, { isPublished: true }, { createdBy: acme.owner.user.id }])
      await post(fields).expect(400);
    for (const fields of [
      { price: -1 },
      { price: 1.5 },
      { currency: 'thb' },
      { type: 'CASTLE' },
      { title: '' },
      { place: null },
    ])
      await post(fields).expect(400);
  });
});

describe('the search', () => {
  let beach: string;
  let city: string;
  beforeAll(async () => {
    beach = await published(acme, { title: 'Pelican house', place: 'Žižkov', price: 900, description: null });
    city = await published(globex, {
      title: 'Pelicans’ flat',
      type: 'APARTMENT',
      offer: 'RENT',
      price: 100,
      place: 'Zizkov',
    });
    await draft(acme, { title: 'Pelican draft', place: 'Zizkov' });
  });

  it('S4-18 finds published ones of all organizations by words, place, price, type and offer', async () => {
    const both = [beach, city].sort();
    expect(await idsOf({ text: 'pelican' })).toEqual(both);
    expect(await idsOf({ text: 'PELI' })).toEqual(both);
    expect(await idsOf({ text: 'pelican house' })).toEqual([beach]);
    expect(await idsOf({ text: 'pel house' })).toEqual([]);
    expect(await idsOf({ text: 'pelican', place: 'zizkov' })).toEqual(both);
    expect(await idsOf({ text: 'pelican', maxPrice: 500 })).toEqual([city]);
    expect(await idsOf({ text: 'pelican', minPrice: 500, type: 'VILLA' })).toEqual([beach]);
    expect(await idsOf({ text: 'pelican', offer: 'RENT' })).toEqual([city]);
  });

  it('pages in order of price and of publication, and refuses a cursor of another order', async () => {
    for (const [sort, expected] of [
      ['price', [city, beach]],
      ['-price', [beach, city]],
      ['publishedAt', [beach, city]],
      ['-publishedAt', [city, beach]],
    ] as const) {
      const query = { text: 'pelican', sort, limit: 1 };
      const first = (await app.http().get(PUBLIC).query(query).expect(200)).body as Listings;
      const cursor = first.page.nextCursor ?? '';
      const second = (
        await app
          .http()
          .get(PUBLIC)
          .query({ ...query, cursor })
          .expect(200)
      ).body as Listings;
      expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(expected);
      expect(second.page.nextCursor).toBeNull();
      await app
        .http()
        .get(PUBLIC)
        .query({ sort: sort === 'price' ? '-price' : 'price', cursor })
        .expect(400);
    }
    const position = { product: 'bestays', sort: 'price', value: '1e400', id: beach };
    const forged = Buffer.from(JSON.stringify(position)).toString('base64url');
    await app.http().get(PUBLIC).query({ sort: 'price', cursor: forged }).expect(400);
  });

  it('forgets the words that a listing has lost', async () => {
    await owner(acme).patch(`/api/v1/properties/${beach}`).send({ title: 'Heron house' }).expect(200);
    expect(await idsOf({ text: 'pelican' })).toEqual([city]);
    expect(await idsOf({ text: 'heron' })).toEqual([beach]);
    await owner(acme).patch(`/api/v1/properties/${beach}`).send({ title: 'Pelican house' }).expect(200);
    expect(await idsOf({ text: 'pelican' })).toEqual([beach, city].sort());
  });

  it('searches drafts within the organization', async () => {
    const list = async (query: object) =>
      ((await owner(acme).get('/api/v1/properties').query(query).expect(200)).body as Listings).data;
    expect((await list({ text: 'pelican' })).map(({ title }) => title).sort()).toEqual([
      'Pelican draft',
      'Pelican house',
    ]);
    expect((await list({ text: 'pelican', isPublished: 'false' })).map(({ title }) => title)).toEqual([
      'Pelican draft',
    ]);
    expect(await list({ place: 'ŽIŽKOV', maxPrice: 899 })).toEqual([]);
  });

  it('takes any text', async () => {
    for (const text of ['%', '_', "'; DROP TABLE properties; --", '\\', '🏠', 'x'.repeat(200), '-- --'])
      await app.http().get(PUBLIC).query({ text }).expect(200);
    await app
      .http()
      .get(PUBLIC)
      .query({ text: 'x'.repeat(201) })
      .expect(400);
  });
});

describe('the role of the public reader', () => {
  const identity = new pg.Client({ connectionString: environmentFor()['DATABASE_IDENTITY_URL'] as string });
  beforeAll(async () => await identity.connect());
  afterAll(async () => await identity.end());

  it('S4-18 sees no draft, nothing of the other product, and no column that is not public', async () => {
    const [{ id: hidden }, shown] = [await draft(acme), await published(acme)];
    const list = async (product: string) => {
      await identity.query(`SELECT set_config('app.product', $1, false)`, [product]);
      const { rows } = await identity.query<{ id: string }>('SELECT id FROM properties');
      return rows.map(({ id }) => id);
    };
    expect(await list('bestays')).toContain(shown);
    expect(await list('bestays')).not.toContain(hidden);
    // Other test files of this worker may have published there.
    for (const id of [shown, hidden]) expect(await list('realestate')).not.toContain(id);
    for (const text of [
      'SELECT organization_id FROM properties',
      `UPDATE properties SET title = 'x'`,
      'SELECT * FROM properties',
    ])
      await expect(identity.query(text)).rejects.toMatchObject({ code: '42501' });
  });
});
