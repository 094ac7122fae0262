import { randomUUID } from 'node:crypto';
import { buildBusiness, buildMember, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { expectIndistinguishable } from '../support/expect-isolated.js';
import { buildIntegration as buildIn, FACEBOOK_PAGE, integrationBody } from '../support/integration-builders.js';
import { statementsOf } from '../support/statements.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

const BASE = '/api/v1/integrations';

interface Business {
  readonly id: string;
  readonly slug: string;
}

describe('integrations', () => {
  let app: TestApp;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;
  let business: Business;

  beforeAll(async () => {
    app = await TestApp.start();
    acme = await buildOrganization(app);
    globex = await buildOrganization(app);
    business = await buildShop(acme);
  });
  afterAll(async () => await app.stop());

  const buildShop = (organization: BuiltOrganization) => buildBusiness(app, organization) as Promise<Business>;
  const buildIntegration = (fields: object = {}, organization = acme, businessId = business.id) =>
    buildIn(app, organization, businessId, fields);
  const http = () => app.http(acme.owner);
  const idsIn = async (path: string) => {
    const { body } = await http().get(path).expect(200);
    return (body as { data: { id: string }[] }).data.map(({ id }) => id);
  };

  it('S2-11 S2-12 creates an integration with type, name, isActive, settings and Facebook page', async () => {
    const settings = { auto_reply: true, webhook_enabled: false };
    const { body, headers } = await http().post(BASE).send(integrationBody(business.id, { settings })).expect(201);
    expect(body).toEqual({
      id: expect.any(String),
      businessId: business.id,
      type: 'FACEBOOK_PAGE',
      name: 'Acme on Facebook',
      settings,
      hasSecrets: false,
      facebookPage: { ...FACEBOOK_PAGE, hasAccessToken: false, hasPageAccessToken: false },
      health: { state: 'UNKNOWN', checkedAt: null },
      isActive: true,
      version: 1,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(headers['etag']).toBe('"1"');
    expect((await http().get(`${BASE}/${body.id}`).expect(200)).body).toEqual(body);
  });

  it('S2-12 changes single details of the Facebook page', async () => {
    const facebookPage = { ...FACEBOOK_PAGE, accessToken: 'one', pageAccessToken: 'two' };
    const { id } = await buildIntegration({ facebookPage });
    const change = { pageName: 'New name', pageCategory: null, accessToken: null };
    const { body } = await http().patch(`${BASE}/${id}`).send({ facebookPage: change }).expect(200);
    expect(body.facebookPage).toEqual({
      ...FACEBOOK_PAGE,
      pageName: 'New name',
      pageCategory: null,
      hasAccessToken: false,
      hasPageAccessToken: true,
    });
  });

  it('S2-13 loads details with the integration, and a list in as many statements as one', async () => {
    const shop = await buildShop(acme);
    const first = await buildIntegration({}, acme, shop.id);
    const one = await statementsOf(app, async () => await http().get(`${BASE}/${first.id}`).expect(200));
    for (let number = 0; number < 4; number += 1) await buildIntegration({}, acme, shop.id);
    const list = await statementsOf(app, async () => {
      const { body } = await http().get(`${BASE}?businessId=${shop.id}`).expect(200);
      expect(body.data).toHaveLength(5);
      expect(body.data).toEqual(
        Array(5).fill(expect.objectContaining({ facebookPage: expect.objectContaining(FACEBOOK_PAGE) })),
      );
    });
    expect(one).toHaveLength(3);
    expect(list).toHaveLength(3);
  });

  it('S2-15 filters by business, type and active', async () => {
    const shop = await buildShop(acme);
    const active = await buildIntegration({}, acme, shop.id);
    const inactive = await buildIntegration({}, acme, shop.id);
    await http().delete(`${BASE}/${inactive.id}`).expect(204);
    const list = (query: string) => idsIn(`${BASE}?businessId=${shop.id}${query}`);
    expect(await list('')).toEqual([active.id]);
    expect(await list('&type=FACEBOOK_PAGE')).toEqual([active.id]);
    expect(await list('&active=true')).toEqual([active.id]);
    expect(await list('&active=true&includeInactive=true')).toEqual([active.id]);
    expect(await list('&active=false')).toEqual([inactive.id]);
    expect(await list('&includeInactive=true&sort=createdAt')).toEqual([active.id, inactive.id]);
    expect(await idsIn(`/api/v1/businesses/${shop.id}/integrations?active=false`)).toEqual([inactive.id]);
    expect(await idsIn(`${BASE}?businessId=${randomUUID()}`)).toEqual([]);
    for (const query of ['type=OTHER', 'active=maybe', 'businessId=1', 'sort=type', 'color=red']) {
      await http().get(`${BASE}?${query}`).expect(400);
    }
  });

  it('S2-17 hides a deactivated integration, shows it on demand, and restores it', async () => {
    const { id } = await buildIntegration();
    await http().delete(`${BASE}/${id}`).expect(204);
    const missing = await http().get(`${BASE}/${id}`).expect(404);
    expect(missing.body).toMatchObject({ code: 'INTEGRATION_NOT_FOUND' });
    await http().patch(`${BASE}/${id}`).send({ name: 'New' }).expect(404);
    await http().delete(`${BASE}/${id}`).expect(404);
    expect(await idsIn(`${BASE}?limit=100`)).not.toContain(id);
    expect(await idsIn(`${BASE}?limit=100&includeInactive=true`)).toContain(id);
    const restored = await http().put(`${BASE}/${id}/activation`).expect(200);
    expect(restored.body).toMatchObject({ id, isActive: true, version: 3, facebookPage: FACEBOOK_PAGE });
    await http().get(`${BASE}/${id}`).expect(200);
  });

  it('S2-17 hides the integrations of a deactivated business until it is restored', async () => {
    const shop = await buildShop(acme);
    const { id } = await buildIntegration({}, acme, shop.id);
    await http().delete(`/api/v1/businesses/${shop.id}`).expect(204);
    await http().get(`${BASE}/${id}`).expect(404);
    await http().patch(`${BASE}/${id}`).send({ name: 'New' }).expect(404);
    const refused = await http().put(`${BASE}/${id}/activation`).expect(404);
    expect(refused.body).toMatchObject({ code: 'BUSINESS_NOT_FOUND' });
    await http().post(BASE).send(integrationBody(shop.id)).expect(404);
    await http().get(`/api/v1/businesses/${shop.id}/integrations`).expect(404);
    expect(await idsIn(`${BASE}?businessId=${shop.id}`)).toEqual([]);
    const { body } = await http().get(`${BASE}?businessId=${shop.id}&includeInactive=true`).expect(200);
    expect(body.data).toEqual([expect.objectContaining({ id, isActive: false })]);
    await http().put(`/api/v1/businesses/${shop.id}/activation`).expect(200);
    expect((await http().get(`${BASE}/${id}`).expect(200)).body).toMatchObject({ isActive: true });
  });

  it('S2-18 finds nothing by slugs when a link is missing, inactive or not the user’s', async () => {
    const organization = await buildOrganization(app);
    const { id, slug } = await buildShop(organization);
    const { id: active } = await buildIntegration({}, organization, id);
    const { id: inactive } = await buildIntegration({}, organization, id);
    const as = app.http(organization.owner);
    await as.delete(`${BASE}/${inactive}`).expect(204);
    const path = (organizationSlug: string, businessSlug: string) =>
      `/api/v1/organizations/${organizationSlug}/businesses/${businessSlug}/integrations`;
    const whole = path(organization.slug, slug);
    expect((await as.get(whole).expect(200)).body.data).toEqual([expect.objectContaining({ id: active })]);
    await as.get(path('missing', slug)).expect(404);
    await as.get(path(organization.slug, 'missing')).expect(404);
    await as.get(path(globex.slug, slug)).expect(404);
    await as.get(whole).set('X-Organization-Id', globex.id).expect(404);
    await app.http(globex.owner).get(whole).expect(404);
    await app.http().get(whole).expect(401);
    await as.delete(`/api/v1/businesses/${id}`).expect(204);
    await as.get(whole).expect(404);
    await as.put(`/api/v1/businesses/${id}/activation`).expect(200);
    await as.get(whole).expect(200);
    await as.delete('/api/v1/organizations/current').expect(204);
    await as.get(whole).expect(404);
  });

  it('records each change with the names of its fields only', async () => {
    const { id } = await buildIntegration({ secrets: { a: 'b' } });
    await http()
      .patch(`${BASE}/${id}`)
      .send({ name: 'New', facebookPage: { accessToken: 'x' } })
      .expect(200);
    await http().delete(`${BASE}/${id}`).expect(204);
    await http().put(`${BASE}/${id}/activation`).expect(200);
    const { body } = await http().get('/api/v1/audit-logs?entity=Integration&limit=4').expect(200);
    expect(body.data).toMatchObject([
      { action: 'integration.restored', entityId: id },
      { action: 'integration.deactivated', entityId: id },
      { action: 'integration.updated', entityId: id, fields: ['name', 'facebookPage.accessToken'] },
      {
        action: 'integration.created',
        entityId: id,
        fields: expect.arrayContaining(['secrets', 'facebookPage.pageId']),
      },
    ]);
  });

  it('writes integration, Facebook page and record together or not at all', async () => {
    const { id } = await buildIntegration({ name: 'Before' });
    const count = async () =>
      await askAsSuperuser(
        `SELECT (SELECT count(*) FROM integrations WHERE organization_id = $1) AS integrations,
                (SELECT count(*) FROM facebook_pages WHERE organization_id = $1) AS pages,
                (SELECT count(*) FROM audit_logs WHERE organization_id = $1) AS records`,
        [acme.id],
      );
    const before = await count();
    await askAsSuperuser(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$`,
    );
    try {
      for (const table of ['facebook_pages', 'audit_logs']) {
        await askAsSuperuser(
          `CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION refuse()`,
        );
        await http().post(BASE).send(integrationBody(business.id)).expect(500);
        await http()
          .patch(`${BASE}/${id}`)
          .send({ name: 'After', facebookPage: { pageName: 'After' } })
          .expect(500);
        await askAsSuperuser(`DROP TRIGGER refuse ON ${table}`);
      }
    } finally {
      await askAsSuperuser('DROP FUNCTION refuse CASCADE');
    }
    expect(await count()).toEqual(before);
    const { body } = await http().get(`${BASE}/${id}`).expect(200);
    expect(body).toMatchObject({ name: 'Before', version: 1, facebookPage: { pageName: FACEBOOK_PAGE.pageName } });
  });

  it('refuses a change to a version that is not the current one', async () => {
    const { id } = await buildIntegration();
    const patch = (tag: string) =>
      http()
        .patch(`${BASE}/${id}`)
        .set('If-Match', tag)
        .send({ facebookPage: { pageName: 'New' } });
    expect((await patch('"1"').expect(200)).headers['etag']).toBe('"2"');
    expect((await patch('"1"').expect(412)).body).toMatchObject({ code: 'VERSION_CONFLICT' });
    await http().delete(`${BASE}/${id}`).set('If-Match', '"1"').expect(412);
    await http().delete(`${BASE}/${id}`).set('If-Match', '"2"').expect(204);
    await http().put(`${BASE}/${id}/activation`).set('If-Match', '"2"').expect(412);
  });

  it('lets members read and administrators write', async () => {
    const { id } = await buildIntegration();
    const member = app.http(await buildMember(app, acme), acme.id);
    await member.get(BASE).expect(200);
    await member.get(`${BASE}/${id}`).expect(200);
    await member.get(`/api/v1/businesses/${business.id}/integrations`).expect(200);
    await member.get(`/api/v1/organizations/${acme.slug}/businesses/${business.slug}/integrations`).expect(200);
    const refused = [
      await member.post(BASE).send(integrationBody(business.id)),
      await member.patch(`${BASE}/${id}`).send({ name: 'Mine' }),
      await member.delete(`${BASE}/${id}`),
      await member.put(`${BASE}/${id}/activation`),
    ];
    expect(refused.map(({ body }) => body.code as string)).toEqual(Array(4).fill('ROLE_TOO_LOW'));
    const admin = app.http(await buildMember(app, acme, 'ADMIN'), acme.id);
    await admin.patch(`${BASE}/${id}`).send({ name: 'Ours' }).expect(200);
  });

  it('answers for another organization’s integration or business as for none', async () => {
    const foreign = await buildShop(globex);
    const { id } = await buildIntegration({}, globex, foreign.id);
    const as = http();
    await expectIndistinguishable(id, (target) => as.get(`${BASE}/${target}`));
    await expectIndistinguishable(id, (target) => as.patch(`${BASE}/${target}`).send({ name: 'Mine' }));
    await expectIndistinguishable(id, (target) =>
      as.patch(`${BASE}/${target}`).set('If-Match', '"1"').send({ name: 'Mine' }),
    );
    await expectIndistinguishable(id, (target) => as.delete(`${BASE}/${target}`));
    await expectIndistinguishable(id, (target) => as.put(`${BASE}/${target}/activation`));
    await expectIndistinguishable(foreign.id, (target) => as.post(BASE).send(integrationBody(target)));
    await expectIndistinguishable(foreign.id, (target) => as.get(`${BASE}?businessId=${target}&includeInactive=true`));
    await expectIndistinguishable(foreign.id, (target) => as.get(`/api/v1/businesses/${target}/integrations`));
    const bySlugs = (organization: string, slug: string) =>
      `/api/v1/organizations/${organization}/businesses/${slug}/integrations`;
    await as.post('/api/v1/businesses').send({ name: 'Of globex only', slug: 'acme-only' }).expect(201);
    const { body } = await app
      .http(globex.owner)
      .post('/api/v1/businesses')
      .send({ name: 'Other', slug: 'globex-only' })
      .expect(201);
    await expectIndistinguishable(body.slug as string, (target) => as.get(bySlugs(acme.slug, target)));
    await expectIndistinguishable(globex.slug, (target) => as.get(bySlugs(target, foreign.slug)));
    expect((await app.http(globex.owner).get(`${BASE}/${id}`).expect(200)).body).toMatchObject({
      name: 'Acme on Facebook',
      version: 1,
    });
  });

  it.each([
    ['businessId', { businessId: 'x' }],
    ['type', { type: 'OTHER' }],
    ['name', { name: ' ' }],
    ['name', { name: 'x'.repeat(121) }],
    ['settings', { settings: [] }],
    ['settings', { settings: 'text' }],
    ['settings', { settings: null }],
    ['settings.api_key', { settings: { api_key: 'text' } }],
    ['settings.tokens.0.page', { settings: { tokens: [{ page: 'text' }] } }],
    ['secrets', { secrets: ['text'] }],
    ['secrets', { secrets: null }],
    ['config', { config: 'text' }],
    ['facebookPage', { facebookPage: undefined }],
    ['facebookPage', { facebookPage: null }],
    ['facebookPage', { facebookPage: 'text' }],
    ['facebookPage', { facebookPage: [FACEBOOK_PAGE] }],
    ['facebookPage.pageId', { facebookPage: { pageName: 'x' } }],
    ['facebookPage.pageName', { facebookPage: { pageId: '1', pageName: 1 } }],
    ['facebookPage.pageUrl', { facebookPage: { ...FACEBOOK_PAGE, pageUrl: 'javascript:alert(1)' } }],
    ['facebookPage.accessToken', { facebookPage: { ...FACEBOOK_PAGE, accessToken: { a: 1 } } }],
    ['facebookPage.integrationId', { facebookPage: { ...FACEBOOK_PAGE, integrationId: randomUUID() } }],
    ['organizationId', { organizationId: randomUUID() }],
    ['healthState', { healthState: 'HEALTHY' }],
    ['secretsEnvelope', { secretsEnvelope: 'v1' }],
  ])('names %s when it is wrong', async (path, fields) => {
    const { body } = await http().post(BASE).send(integrationBody(business.id, fields)).expect(400);
    expect(body).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: expect.arrayContaining([expect.objectContaining({ path })]),
    });
  });

  it.each([
    ['businessId', { businessId: randomUUID() }],
    ['type', { type: 'FACEBOOK_PAGE' }],
    ['settings', { settings: null }],
    ['facebookPage', { facebookPage: null }],
    ['facebookPage.pageId', { facebookPage: { pageId: null } }],
  ])('does not let a change touch %s like that', async (path, fields) => {
    const { id } = await buildIntegration();
    const { body } = await http().patch(`${BASE}/${id}`).send(fields).expect(400);
    expect(body).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: expect.arrayContaining([expect.objectContaining({ path })]),
    });
  });
});
