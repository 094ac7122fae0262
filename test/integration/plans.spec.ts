import pg from 'pg';
import { DatabasePools } from '../../src/platform/database/database-pools.js';
import {
  buildBusiness,
  buildClientWithData,
  buildOrganization,
  type BuiltOrganization,
  buildPublishedProperty,
} from '../support/builders.js';
import { superuserUrl } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

const MANY = 3_000;
/** More rows than any of these statements has to look at. */
const FEW = 100;
/** The tables that these statements read, each filled with MANY rows: of one with few, PostgreSQL rightly reads all. */
const FILLED = [
  ...['users', 'sessions', 'organizations', 'memberships', 'support_sessions', 'businesses', 'audit_logs'],
  ...['clients', 'client_credentials', 'organization_keys', 'seo_projects', 'keywords', 'properties', 'property_terms'],
];

interface Sent {
  readonly role: 'bulkhead_app' | 'bulkhead_identity';
  readonly text: string;
  readonly values: unknown[];
  readonly context: readonly string[];
}
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

let app: TestApp;
let organization: BuiltOrganization;
let clientId: string;
let businessId: string;
let propertyId: string;
const database = new pg.Client({ connectionString: superuserUrl() });

beforeAll(async () => {
  app = await TestApp.start();
  organization = await buildOrganization(app);
  clientId = (await buildClientWithData(app, organization)).client.id;
  businessId = (await buildBusiness(app, organization)).id;
  propertyId = (await buildPublishedProperty(app, organization)).id;
  await database.connect();
  await database.query('BEGIN');
  // Other organizations, each with an owner of its own; rolled back at the end.
  await database.query(`
    INSERT INTO users (id, email, first_name, last_name)
      SELECT gen_random_uuid(), 'plan-' || n || '@example.test', 'Plan', 'Test' FROM generate_series(1, ${MANY}) n;
    INSERT INTO organizations (id, product, name, slug, owner_id)
      SELECT gen_random_uuid(), product, email, split_part(email, '@', 1), id FROM users WHERE email LIKE 'plan-%';
    INSERT INTO memberships (id, organization_id, product, user_id, email, role)
      SELECT gen_random_uuid(), id, product, owner_id, name, 'OWNER' FROM organizations WHERE name LIKE 'plan-%';
    INSERT INTO businesses (id, organization_id, product, name, slug)
      SELECT gen_random_uuid(), id, product, name, slug FROM organizations WHERE name LIKE 'plan-%';
    INSERT INTO clients (id, organization_id, product, name)
      SELECT gen_random_uuid(), id, product, name FROM organizations WHERE name LIKE 'plan-%';
    INSERT INTO sessions (id, product, user_id, refresh_token_hash, expires_at)
      SELECT gen_random_uuid(), product, id, email, now() + interval '1 day' FROM users WHERE email LIKE 'plan-%';
    INSERT INTO support_sessions (id, organization_id, product, user_id, user_email, reason, expires_at)
      SELECT gen_random_uuid(), id, product, owner_id, name, 'Plan', now() + interval '1 hour'
        FROM organizations WHERE name LIKE 'plan-%';
    INSERT INTO organization_keys (id, organization_id, product, version, state, destroyed_at)
      SELECT gen_random_uuid(), id, product, 1, 'DESTROYED', now() FROM organizations WHERE name LIKE 'plan-%';
    INSERT INTO client_credentials (id, organization_id, product, client_id, provider)
      SELECT gen_random_uuid(), organization_id, product, id, 'SEARCH_CONSOLE' FROM clients WHERE name LIKE 'plan-%';
    INSERT INTO seo_projects (id, organization_id, product, client_id, name)
      SELECT gen_random_uuid(), organization_id, product, id, name FROM clients WHERE name LIKE 'plan-%';
    INSERT INTO keywords (id, organization_id, product, seo_project_id, term)
      SELECT gen_random_uuid(), organization_id, product, id, name FROM seo_projects WHERE name LIKE 'plan-%';
    INSERT INTO audit_logs (id, organization_id, product, actor_type, entry_point, request_id, action, entity, outcome,
                            form, sequence, previous_hash, hash)
      SELECT gen_random_uuid(), id, product, 'system', 'cli', 'plan', 'plan.tested', 'Client', 'SUCCESS', 1, 1, '', ''
        FROM organizations WHERE name LIKE 'plan-%';
    INSERT INTO properties (id, organization_id, title, type, offer, place, place_key, price, currency, is_published, published_at,
                            created_by, updated_by)
      SELECT gen_random_uuid(), id, slug, 'HOUSE', 'SALE', slug, slug, 1000 + row_number() OVER (), 'EUR', true, now(), owner_id, owner_id
        FROM organizations WHERE name LIKE 'plan-%';
    INSERT INTO property_terms (organization_id, property_id, term)
      SELECT organization_id, id, word FROM properties, unnest(ARRAY['house', title]) AS word WHERE title LIKE 'plan-%';
    ANALYZE ${FILLED.join(', ')};`);
});
afterAll(async () => {
  await database.query('ROLLBACK');
  await database.end();
  await app.stop();
});

/** What the application sends on the two pools that requests use. */
async function statementsOf(work: () => Promise<unknown>): Promise<Sent[]> {
  const sent: Sent[] = [];
  const pools = app.get(DatabasePools);
  const observed = [
    ['bulkhead_app', pools.app],
    ['bulkhead_identity', pools.identity],
  ] as const;
  for (const [role, pool] of observed) {
    pool.observer = ({ product, organizationId, actorId }, { text, values = [] }) =>
      sent.push({ role, text, values, context: [product, organizationId, actorId] });
  }
  await work();
  for (const [, pool] of observed) pool.observer = undefined;
  return sent;
}

async function explain({ role, text, values, context }: Sent): Promise<PlanNode[]> {
  await database.query('SAVEPOINT plan');
  await database.query(`SET LOCAL ROLE ${role}`);
  await database.query(
    `SELECT set_config('app.product', $1, true), set_config('app.organization_id', $2, true), set_config('app.actor_id', $3, true)`,
    [...context],
  );
  const { rows } = await database.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
    values,
  );
  await database.query('ROLLBACK TO SAVEPOINT plan');
  return rows.flatMap((row) => flatten(row['QUERY PLAN'][0].Plan));
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}

const read = (node: PlanNode) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];

describe(`with ${MANY} other organizations`, () => {
  it.each([
    [
      'signing in',
      () => app.http().post('/api/v1/auth/login').send({ email: organization.owner.email, password: 'x' }),
    ],
    ['finding out who asks', () => app.http(organization.owner).get('/api/v1/auth/me')],
    ['an organization asked for by slug', () => app.http(organization.owner, organization.slug).get('/api/v1/members')],
    ['a list', () => app.http(organization.owner).get('/api/v1/businesses')],
    ['a row', () => app.http(organization.owner).get(`/api/v1/businesses/${businessId}`)],
    ['a client’s data', () => app.http(organization.owner).get(`/api/v1/clients/${clientId}/data`)],
    ['published properties', () => app.http().get('/api/v1/published-properties')],
    ['those of a place', () => app.http().get('/api/v1/published-properties?place=plan-7')],
    ['the cheapest of them', () => app.http().get('/api/v1/published-properties?sort=price&maxPrice=1010')],
    ['those with a rare word', () => app.http().get('/api/v1/published-properties?text=plan-77')],
    ['a published property', () => app.http().get(`/api/v1/published-properties/${propertyId}`)],
    ['the own properties', () => app.http(organization.owner).get('/api/v1/properties?text=house')],
    ['the audit log', () => app.http(organization.owner).get('/api/v1/audit-logs')],
  ])('S2-20 %s reads no more rows than it needs', async (_what, request) => {
    const sent = await statementsOf(async () => await request());
    const selects = sent.filter(({ text }) => /^\s*SELECT/i.test(text));
    expect(selects.length).toBeGreaterThan(0);
    for (const statement of selects) {
      const tables = (await explain(statement)).filter((node) => node['Relation Name']);
      expect(FILLED).toEqual(expect.arrayContaining(tables.map((node) => node['Relation Name'])));
      const greedy = tables.filter((node) => read(node) > FEW);
      expect({ text: statement.text, greedy }).toEqual({ text: statement.text, greedy: [] });
    }
  });
});
