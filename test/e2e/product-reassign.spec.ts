import { randomUUID } from 'node:crypto';
import type { ReassignmentReport } from '../../src/features/reassignment/reassignment.types.js';
import { modelMap } from '../../src/generated/model-map.js';
import { joinScopes, scopePolicy } from '../../src/tenancy/index.js';
import {
  build,
  buildApiKey,
  buildBusiness,
  buildClient,
  buildClientWithData,
  buildMember,
  buildOrganization,
  type BuiltOrganization,
  buildPublishedProperty,
  PASSWORD,
} from '../support/builders.js';
import { carryOut, runCommandUntil } from '../support/command-line.js';
import { queueAs } from '../support/queue.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import { CONTEXT, TestJobsModule } from '../support/test-jobs.js';

const TABLES = [...joinScopes(modelMap, scopePolicy).values()]
  .filter(({ name, scope }) => scope.scope === 'ORGANIZATION' && name !== 'Organization')
  .map(({ table }) => table);

let bestays: TestApp;
let realestate: TestApp;

beforeAll(async () => {
  [bestays, realestate] = [
    await TestApp.start({ modules: [TestJobsModule] }),
    await TestApp.start({ environment: { PRODUCT: 'realestate' } }),
  ];
});
afterAll(async () => await Promise.all([bestays.stop(), realestate.stop()]));

/** Carries the command out as an operator of the other product's deployment. */
async function reassign(...options: string[]): Promise<ReassignmentReport & { code: number }> {
  process.env['PRODUCT'] = 'realestate';
  try {
    const { code, stdout, stderr } = await carryOut('product:reassign', '--from', 'bestays', '--json', ...options);
    if (stdout === '') throw new Error(stderr);
    return { ...(JSON.parse(stdout) as ReassignmentReport), code };
  } finally {
    delete process.env['PRODUCT'];
  }
}

/** How many rows of an organization are of which product, over all tables. */
async function productsOf({ id }: BuiltOrganization): Promise<Record<string, number>> {
  const parts = TABLES.map((table) => `SELECT product FROM ${table} WHERE organization_id = $1`);
  const text = `SELECT product, count(*)::int AS n FROM (${parts.join(' UNION ALL ')}
                 UNION ALL SELECT product FROM organizations WHERE id = $1) r GROUP BY 1`;
  const rows = await askAsSuperuser<{ product: string; n: number }>(text, [id]);
  return Object.fromEntries(rows.map(({ product, n }) => [product, n]));
}

async function logIn(app: TestApp, email: string) {
  return await app.http().post('/api/v1/auth/login').send({ email, password: PASSWORD });
}

describe('product:reassign', () => {
  it('S4-16 moves an organization with all that hangs on it, and keeps its audit log true', async () => {
    const acme = await buildOrganization(bestays);
    const member = await buildMember(bestays, acme);
    const business = await buildBusiness(bestays, acme, 'Moved shop');
    const client = await buildClient(bestays, acme);
    const property = await buildPublishedProperty(bestays, acme, 'Moved mansion');
    const key = await buildApiKey(bestays, acme, { scopes: ['businesses:read'] });
    await build(bestays, acme, '/invitations', { email: `${randomUUID()}@example.test`, role: 'MEMBER' });
    const jobId = await queueAs(bestays, acme, CONTEXT, { rounds: 1 }, { delaySeconds: 300 });
    const before = await productsOf(acme);

    const dry = await reassign('--organization', acme.slug, '--dry-run');
    expect(dry).toMatchObject({ code: 0, refused: [], moved: [{ organizations: [acme.slug] }] });
    expect(await productsOf(acme)).toEqual(before);

    const { code, moved, refused } = await reassign('--organization', acme.slug);
    expect({ code, refused }).toEqual({ code: 0, refused: [] });
    expect(moved).toMatchObject([{ organizations: [acme.slug], rows: { organizations: 1, users: 2, clients: 1 } }]);
    // One record more: that it has arrived.
    expect(await productsOf(acme)).toEqual({ realestate: (before['bestays'] ?? 0) + 1 });

    for (const token of [acme.owner.accessToken, member.accessToken, key.accessToken]) {
      for (const app of [bestays, realestate]) {
        await app.http({ accessToken: token }).get('/api/v1/businesses').expect(401);
      }
    }
    expect((await logIn(bestays, acme.owner.email)).status).toBe(401);
    await bestays.http().get(`/api/v1/published-properties/${property.id}`).expect(404);
    await realestate.http().get(`/api/v1/published-properties/${property.id}`).expect(200);
    const owner = (await logIn(realestate, acme.owner.email)).body as { accessToken: string };
    const http = realestate.http(owner, acme.id);
    await http.get(`/api/v1/businesses/${business.id}`).expect(200);
    await http.get(`/api/v1/clients/${client.id}/data`).expect(200);
    expect((await http.get(`/api/v1/jobs/${jobId}`).expect(200)).body).toMatchObject({ state: 'CANCELED' });

    const log = (await http.get('/api/v1/audit-logs?action=organization.reassigned').expect(200)).body as {
      data: object[];
    };
    expect(log.data).toMatchObject([{ reason: 'from bestays', entityId: acme.id }]);
    const verification = await http.get('/api/v1/audit-logs/verification').expect(200);
    expect(verification.body).toMatchObject({ isIntact: true, findingCount: 0 });
    const events = await askAsSuperuser(
      `SELECT product, reason FROM security_events WHERE action = 'organization.reassigned' AND organization_id = $1`,
      [acme.id],
    );
    expect(events).toEqual([{ product: 'bestays', reason: 'to realestate' }]);
    expect(await reassign('--organization', acme.slug)).toEqual(
      expect.objectContaining({ code: 0, moved: [], refused: [] }),
    );
  }, 120_000);

  it('S4-16 finds a change to a record that came along', async () => {
    const acme = await buildOrganization(bestays);
    await buildBusiness(bestays, acme);
    await reassign('--organization', acme.id);
    const owner = (await logIn(realestate, acme.owner.email)).body as { accessToken: string };
    const verify = async () =>
      (await realestate.http(owner, acme.id).get('/api/v1/audit-logs/verification').expect(200)).body as object;
    expect(await verify()).toMatchObject({ isIntact: true });
    await askAsSuperuser(`UPDATE audit_logs SET written_for = NULL WHERE organization_id = $1 AND sequence = 1`, [
      acme.id,
    ]);
    expect(await verify()).toMatchObject({ isIntact: false, findings: [{ kind: 'EDITED', sequence: 1 }] });
  }, 60_000);

  it('S4-16 refuses half moves: whoever belongs elsewhere as well keeps all where they are', async () => {
    const [one, other] = [await buildOrganization(bestays), await buildOrganization(bestays)];
    const shared = await buildMember(bestays, one);
    await bestays
      .http(other.owner, other.id)
      .post('/api/v1/members')
      .send({ email: shared.email, role: 'MEMBER' })
      .expect(201);
    const alone = await reassign('--organization', one.slug);
    expect(alone).toMatchObject({ code: 1, moved: [], refused: [{ organizations: [one.slug] }] });
    expect(alone.refused[0]?.obstacles).toEqual([expect.stringContaining(shared.email)]);
    expect(Object.keys(await productsOf(one))).toEqual(['bestays']);
    const both = await reassign('--organization', `${one.slug},${other.id}`);
    expect(both).toMatchObject({ code: 0, refused: [], moved: [{ rows: { organizations: 2, users: 3 } }] });
    for (const organization of [one, other])
      expect(Object.keys(await productsOf(organization))).toEqual(['realestate']);
  }, 60_000);

  it('S4-16 leaves secrets behind only when told, for they are sealed for their product', async () => {
    const acme = await buildOrganization(bestays);
    const { client } = await buildClientWithData(bestays, acme);
    const kept = await reassign('--organization', acme.slug);
    expect(kept.refused[0]?.obstacles).toEqual([expect.stringContaining('holds 2 secrets')]);
    expect(await reassign('--organization', acme.slug, '--discard-secrets')).toMatchObject({ code: 0, refused: [] });
    const owner = (await logIn(realestate, acme.owner.email)).body as { accessToken: string };
    const http = realestate.http(owner, acme.id);
    await http.get(`/api/v1/clients/${client.id}/data`).expect(200);
    const secrets = { refreshToken: 'new', clientSecret: 'new' };
    await http
      .put(`/api/v1/clients/${client.id}/credentials/google-analytics`)
      .send({ propertyId: '1', secrets })
      .expect(200);
  }, 60_000);

  it('S4-16 refuses an address and a slug that the other product has, and takes organizations by their owner’s domain', async () => {
    const domain = `${randomUUID()}.test`;
    const register = async (app: TestApp, email: string, organizationName: string) => {
      const person = { email, password: PASSWORD, firstName: 'A', lastName: 'B', organizationName };
      return (await app.http().post('/api/v1/auth/register').send(person).expect(201)).body as {
        organizations: { id: string; slug: string }[];
      };
    };
    const name = `Domain ${randomUUID().slice(0, 8)}`;
    const [{ slug: taken } = { slug: '' }] = (await register(bestays, `a@${domain}`, name)).organizations;
    await register(realestate, `a@${domain}`, name);
    const [{ slug: free } = { slug: '' }] = (await register(bestays, `b@${domain}`, `${name} free`)).organizations;
    const report = await reassign('--email-domain', domain.toUpperCase());
    expect(report).toMatchObject({
      code: 1,
      moved: [{ organizations: [free] }],
      refused: [{ organizations: [taken] }],
    });
    expect(report.refused[0]?.obstacles).toEqual([
      expect.stringContaining(`slug ${taken} is in use`),
      expect.stringContaining(`a@${domain} has an account`),
    ]);
  }, 60_000);

  it('S4-16 goes on where it was killed: each organization is whole in one product, and says once where it came from', async () => {
    const all: BuiltOrganization[] = [];
    for (let count = 0; count < 5; count += 1) {
      const organization = await buildOrganization(bestays);
      await buildBusiness(bestays, organization);
      all.push(organization);
    }
    const names = ['--organization', all.map(({ slug }) => slug).join(',')];
    const arrived = async () => {
      const text = `SELECT count(*)::int AS n FROM organizations WHERE product = 'realestate' AND id = ANY ($1)`;
      return (await askAsSuperuser<{ n: number }>(text, [all.map(({ id }) => id)]))[0]?.n ?? 0;
    };
    for (let kill = 1; kill <= 3; kill += 1) {
      await runCommandUntil(['product:reassign', '--from', 'bestays', ...names], {
        environment: { PRODUCT: 'realestate' },
        until: async () => (await arrived()) >= kill,
      });
      expect(await arrived()).toBeGreaterThanOrEqual(kill);
      for (const each of all) expect(Object.keys(await productsOf(each))).toHaveLength(1);
    }
    expect(await reassign(...names)).toMatchObject({ code: 0, refused: [] });
    expect(await arrived()).toBe(all.length);
    for (const each of all) {
      expect(Object.keys(await productsOf(each))).toEqual(['realestate']);
      const text = `SELECT id FROM audit_logs WHERE organization_id = $1 AND action = 'organization.reassigned'`;
      expect(await askAsSuperuser(text, [each.id])).toHaveLength(1);
      const { body } = await logIn(realestate, each.owner.email);
      const http = realestate.http(body as { accessToken: string });
      const verified = await http.get('/api/v1/audit-logs/verification').expect(200);
      expect(verified.body).toMatchObject({ isIntact: true });
    }
  }, 120_000);

  it('refuses to be called without a criterion, and for its own product', async () => {
    for (const options of [
      ['--from', 'realestate'],
      ['--from', 'nothing', '--organization', 'acme'],
      ['--from', 'bestays', '--organization', 'acme'],
    ]) {
      expect((await carryOut('product:reassign', ...options)).code).toBe(2);
    }
  });
});
