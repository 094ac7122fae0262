import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { modelMap } from '../../src/generated/model-map.js';
import { joinScopes, scopePolicy } from '../../src/tenancy/index.js';
import {
  build,
  buildApiKey,
  buildBusiness,
  buildClientWithData,
  buildJob,
  buildOrganization,
  type BuiltOrganization,
  buildPublishedProperty,
  buildSuperuser,
  buildSupportSession,
} from '../support/builders.js';
import { buildIntegration } from '../support/integration-builders.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import { environmentFor } from '../support/test-environment.js';
import { buildWork } from '../support/work-builders.js';

const models = [...joinScopes(modelMap, scopePolicy).values()];
const owned = models.filter(({ scope }) => scope.scope === 'ORGANIZATION');
const keyOf = (table: string) => (table === 'organizations' ? 'id' : 'organization_id');
const CONTEXT = `SELECT set_config('app.product', $1, true), set_config('app.organization_id', $2, true), set_config('app.actor_id', $3, true)`;

/** Asks as a runtime role with `pg` alone: nothing but the database stands between the statement and the rows. */
class BareRole {
  private readonly pool: pg.Pool;

  constructor(url: 'DATABASE_URL' | 'DATABASE_IDENTITY_URL') {
    this.pool = new pg.Pool({ connectionString: environmentFor()[url] as string, max: 2 });
  }

  async ask<Row extends pg.QueryResultRow>(
    context: { product?: string; organization?: string; actor?: string } | null,
    text: string,
    values: unknown[] = [],
  ): Promise<pg.QueryResult<Row>> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      const { product = 'bestays', organization = '', actor = '' } = context ?? {};
      if (context) await client.query(CONTEXT, [product, organization, actor]);
      return await client.query<Row>(text, values);
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  }

  async end(): Promise<void> {
    await this.pool.end();
  }
}

describe('the database alone', () => {
  let app: TestApp;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;
  const role = new BareRole('DATABASE_URL');
  const identity = new BareRole('DATABASE_IDENTITY_URL');

  beforeAll(async () => {
    app = await TestApp.start();
    [acme, globex] = [await buildOrganization(app), await buildOrganization(app)];
    for (const own of [acme, globex]) {
      const { id } = await buildBusiness(app, own);
      await buildIntegration(app, own, id);
      const { client } = await buildClientWithData(app, own);
      await buildWork(app, own, client.id);
      await buildSupportSession(app, await buildSuperuser(app), own);
      await buildApiKey(app, own);
      await buildJob(own);
      await buildPublishedProperty(app, own);
      await build(app, own, '/invitations', { email: `${randomUUID()}@example.test`, role: 'MEMBER' });
    }
  });
  afterAll(async () => await Promise.all([app.stop(), role.end(), identity.end()]));

  const asAcme = () => ({ organization: acme.id, actor: acme.owner.user.id });

  describe.each(owned.map(({ table }) => table))('table %s', (table) => {
    const key = keyOf(table);

    it('C2 S3-3 shows nothing without, with an empty and with an unknown setting', async () => {
      for (const context of [
        null,
        {},
        { organization: randomUUID() },
        { product: 'realestate', organization: acme.id },
      ]) {
        expect((await role.ask(context, `SELECT 1 FROM ${table}`)).rows).toEqual([]);
        expect((await role.ask<{ n: number }>(context, `SELECT count(*)::int AS n FROM ${table}`)).rows).toEqual([
          { n: 0 },
        ]);
      }
      await expect(role.ask({ organization: 'garbage' }, `SELECT 1 FROM ${table}`)).rejects.toMatchObject({
        code: '22P02',
      });
    });

    it('S3-6 shows an organization its own rows and no other, also when asked for them', async () => {
      const { rows } = await role.ask<{ organization: string }>(
        asAcme(),
        `SELECT ${key} AS organization FROM ${table}`,
      );
      expect(rows.length).toBeGreaterThan(0);
      expect(new Set(rows.map(({ organization }) => organization))).toEqual(new Set([acme.id]));
      expect(
        (await role.ask(asAcme(), `SELECT 1 FROM ${table} WHERE ${key} = $1 OR true`, [globex.id])).rows,
      ).toHaveLength(rows.length);
      expect((await role.ask(asAcme(), `SELECT 1 FROM ${table} WHERE ${key} = $1`, [globex.id])).rows).toEqual([]);
    });

    it('refuses to write another organization’s rows, to move a row there, and to delete', async () => {
      const columns = await askAsSuperuser<{ name: string }>(
        `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attname <> $2`,
        [table, key],
      );
      const list = columns.map(({ name }) => name).join(', ');
      const rows = await askAsSuperuser<{ row: object }>(
        `SELECT to_jsonb(t) AS row FROM ${table} t WHERE ${key} = $1 LIMIT 1`,
        [acme.id],
      );
      const forged = { ...rows[0]?.row, [key]: globex.id };
      const insert = `INSERT INTO ${table} (${key}, ${list}) SELECT ${key}, ${list} FROM jsonb_populate_record(NULL::${table}, $1)`;
      await expect(role.ask(asAcme(), insert, [JSON.stringify(forged)])).rejects.toMatchObject({ code: '42501' });
      await expect(role.ask(asAcme(), `UPDATE ${table} SET ${key} = $1`, [globex.id])).rejects.toMatchObject({
        code: '42501',
      });
      await expect(role.ask(asAcme(), `UPDATE ${table} SET product = 'realestate'`)).rejects.toMatchObject({
        code: '42501',
      });
      await expect(role.ask(asAcme(), `DELETE FROM ${table}`)).rejects.toMatchObject({ code: '42501' });
      await expect(role.ask(asAcme(), `TRUNCATE ${table}`)).rejects.toMatchObject({ code: '42501' });
    });

    it('has row level security enabled and forced, and restrictive policies for organization and product', async () => {
      const [facts] = await askAsSuperuser(
        `SELECT relrowsecurity AND relforcerowsecurity AS forced, relowner::regrole::text AS owner FROM pg_class WHERE oid = $1::regclass`,
        [table],
      );
      expect(facts).toEqual({ forced: true, owner: 'bulkhead_owner' });
      const policies = await askAsSuperuser<{
        policyname: string;
        permissive: string;
        cmd: string;
        qual: string;
        with_check: string;
      }>(
        `SELECT policyname, permissive, cmd, qual, with_check FROM pg_policies WHERE tablename = $1 AND 'bulkhead_app' = ANY (roles) ORDER BY 1`,
        [table],
      );
      expect(policies.map(({ policyname, permissive, cmd }) => [policyname, permissive, cmd])).toEqual([
        ['app_access', 'PERMISSIVE', 'ALL'],
        ['app_organization', 'RESTRICTIVE', 'ALL'],
        ['app_product', 'RESTRICTIVE', 'ALL'],
      ]);
      for (const { policyname, qual, with_check } of policies.slice(1)) {
        expect(qual).toBe(with_check);
        expect(qual).toContain(policyname === 'app_product' ? 'app.product' : 'app.organization_id');
      }
    });

    it('leads its keys by the organization', async () => {
      const keys = await askAsSuperuser<{ name: string; columns: string[]; target: string | null }>(
        `SELECT c.conname AS name, array_agg(a.attname::text ORDER BY k.n) AS columns,
                (SELECT relname FROM pg_class WHERE oid = c.confrelid) AS target
           FROM pg_constraint c, unnest(c.conkey) WITH ORDINALITY k(num, n) JOIN pg_attribute a ON a.attrelid = $1::regclass AND a.attnum = k.num
          WHERE c.conrelid = $1::regclass AND c.contype IN ('p', 'f') GROUP BY c.conname, c.confrelid`,
        [table],
      );
      const outside = ['users', 'root_keys'];
      const foreign = keys.filter(({ columns, target }) => columns[0] !== key && !outside.includes(target ?? ''));
      // People and root keys belong to the product, and are the only things outside that a row may point to.
      expect(foreign).toEqual([]);
    });
  });

  it('tells nothing of another organization by a foreign key', async () => {
    const [business] = await askAsSuperuser<{ id: string }>('SELECT id FROM businesses WHERE organization_id = $1', [
      globex.id,
    ]);
    const insert = (businessId: string) =>
      role
        .ask(asAcme(), `INSERT INTO integrations (id, business_id, type, name) VALUES ($1, $2, 'FACEBOOK_PAGE', 'x')`, [
          randomUUID(),
          businessId,
        ])
        .catch((error: pg.DatabaseError) => ({ code: error.code, constraint: error.constraint, table: error.table }));
    const foreign = await insert(business?.id as string);
    expect(foreign).toEqual(await insert(randomUUID()));
    expect(foreign).toMatchObject({ code: '23503' });
  });

  it('keeps the audit log append-only', async () => {
    for (const text of ['UPDATE audit_logs SET reason = NULL', 'DELETE FROM audit_logs', 'TRUNCATE audit_logs']) {
      await expect(role.ask(asAcme(), text)).rejects.toMatchObject({ code: '42501' });
    }
  });

  it.each([
    'SET row_security = off; SELECT 1 FROM businesses',
    'SET ROLE bulkhead_system',
    'SET ROLE bulkhead_owner',
    'ALTER TABLE businesses DISABLE ROW LEVEL SECURITY',
    'DROP POLICY app_organization ON businesses',
    'CREATE TABLE mine (id int)',
    `SELECT isolate_by_product('businesses', 'bulkhead_app')`,
    'SELECT password_hash FROM users',
    'SELECT 1 FROM sessions',
    'SELECT 1 FROM security_events',
    'SELECT 1 FROM root_keys',
    'SELECT 1 FROM faq_embeddings',
    'SELECT 1 FROM faq_document_versions',
    `UPDATE faq_documents SET status = 'DRAFT'`,
    'DELETE FROM chat_messages',
    'SELECT 1 FROM _prisma_migrations',
    'COPY businesses FROM STDIN',
  ])('refuses the app role: %s', async (text) => {
    await expect(role.ask(asAcme(), text)).rejects.toMatchObject({
      code: expect.stringMatching(/^(42501|0A000)$/) as string,
    });
  });

  it('shows an organization of the people only its members', async () => {
    const { rows } = await role.ask<{ email: string }>(asAcme(), 'SELECT email FROM users');
    expect(rows).toEqual([{ email: acme.owner.email }]);
  });

  it('shows the identity role one person’s organizations, and nothing that organizations own', async () => {
    const asOwner = { actor: acme.owner.user.id };
    const list = async (context: object) =>
      (await identity.ask<{ id: string }>(context, 'SELECT id FROM organizations')).rows;
    expect(await list(asOwner)).toEqual([{ id: acme.id }]);
    expect(await list({})).toEqual([]);
    expect(await list({ ...asOwner, product: 'realestate' })).toEqual([]);
    expect((await identity.ask(asOwner, 'SELECT 1 FROM memberships')).rows).toHaveLength(1);
    for (const table of ['businesses', 'integrations', 'clients', 'client_credentials', 'audit_logs']) {
      await expect(identity.ask(asOwner, `SELECT 1 FROM ${table}`)).rejects.toMatchObject({ code: '42501' });
    }
    const keys = await identity.ask<{ owner: string }>(asOwner, 'SELECT created_by_id AS owner FROM api_keys');
    expect(keys.rows).toEqual([{ owner: acme.owner.user.id }]);
    expect((await identity.ask({}, 'SELECT id FROM api_keys')).rows).toEqual([]);
    expect((await identity.ask({ ...asOwner, product: 'realestate' }, 'SELECT id FROM api_keys')).rows).toEqual([]);
    for (const text of ['SELECT name FROM api_keys', `UPDATE api_keys SET role = 'ADMIN'`, 'DELETE FROM api_keys']) {
      await expect(identity.ask(asOwner, text)).rejects.toMatchObject({ code: '42501' });
    }
    await expect(identity.ask(asOwner, 'UPDATE memberships SET role = $1', ['OWNER'])).rejects.toMatchObject({
      code: '42501',
    });
    await expect(identity.ask(asOwner, `UPDATE users SET platform_role = 'SUPERUSER'`)).rejects.toMatchObject({
      code: '42501',
    });
  });

  it('shows a conversation where it was begun: in its organization, or outside of all', async () => {
    const [inside, outside] = [randomUUID(), randomUUID()];
    await askAsSuperuser(
      `INSERT INTO chat_conversations (id, organization_id, user_id, visitor_hash)
       VALUES ($1, $2, $3, NULL), ($4, NULL, NULL, $5)`,
      [inside, acme.id, acme.owner.user.id, outside, `hash-of-${outside}`],
    );
    const seen = async (context: object) => {
      const text = 'SELECT id FROM chat_conversations WHERE id = ANY ($1)';
      return (await role.ask<{ id: string }>(context, text, [[inside, outside]])).rows.map(({ id }) => id);
    };
    expect(await seen(asAcme())).toEqual([inside]);
    expect(await seen({ organization: globex.id })).toEqual([]);
    expect(await seen({})).toEqual([outside]);
    expect(await seen({ product: 'realestate' })).toEqual([]);
    expect(await seen({ product: 'realestate', organization: acme.id })).toEqual([]);
    const insert = `INSERT INTO chat_conversations (id, organization_id, user_id) VALUES ($1, $2, $3)`;
    for (const [organization, context] of [
      [globex.id, asAcme()],
      [acme.id, {}],
      [null, asAcme()],
    ] as const) {
      const values = [randomUUID(), organization, acme.owner.user.id];
      await expect(role.ask(context, insert, values)).rejects.toMatchObject({ code: '42501' });
    }
  });

  describe.each(models.filter(({ name }) => /^(Faq|Chat)/.test(name)).map(({ table }) => table))(
    'table %s',
    (table) => {
      it('S4-13 is walled by product for both roles', async () => {
        const policies = await askAsSuperuser(
          `SELECT policyname FROM pg_policies
          WHERE tablename = $1 AND permissive = 'RESTRICTIVE' AND qual LIKE '%app.product%' AND qual = with_check ORDER BY 1`,
          [table],
        );
        expect(policies).toEqual([{ policyname: 'app_product' }, { policyname: 'identity_product' }]);
        const [facts] = await askAsSuperuser(
          `SELECT relrowsecurity AND relforcerowsecurity AS forced FROM pg_class WHERE oid = $1::regclass`,
          [table],
        );
        expect(facts).toEqual({ forced: true });
      });
    },
  );

  it('gives the runtime roles no way around', async () => {
    const roles = await askAsSuperuser<{ rolname: string; around: boolean; bypass: boolean }>(
      `SELECT rolname, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication AS around, rolbypassrls AS bypass
         FROM pg_roles WHERE rolname LIKE 'bulkhead%' ORDER BY 1`,
    );
    expect(roles).toEqual([
      { rolname: 'bulkhead_app', around: false, bypass: false },
      { rolname: 'bulkhead_identity', around: false, bypass: false },
      { rolname: 'bulkhead_owner', around: false, bypass: false },
      { rolname: 'bulkhead_system', around: false, bypass: true },
    ]);
    const [rest] = await askAsSuperuser(
      `SELECT (SELECT count(*)::int FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')) AS views,
              (SELECT count(*)::int FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e') AS enums`,
    );
    expect(rest).toEqual({ views: 0, enums: 0 });
    // Each of them was reviewed as a bypass: it takes the product from the setting, and gives out ids, or the ends of chains.
    const definers = await askAsSuperuser(
      `SELECT proname AS name, proowner::regrole::text AS owner, proconfig[1] AS path,
              ARRAY(SELECT grantee::regrole::text FROM aclexplode(proacl) WHERE grantee <> proowner) AS callers
         FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY proname`,
    );
    const reviewed = { owner: 'bulkhead_owner', path: 'search_path=pg_catalog, public, pg_temp' };
    const append = { name: 'append_audit_records', ...reviewed, callers: ['bulkhead_app', 'bulkhead_system'] };
    expect(definers).toEqual([
      // As processes call it, and as those of the version before do.
      append,
      append,
      { name: 'search_faqs', ...reviewed, callers: ['bulkhead_app'] },
    ]);
  });

  it('S2-20 has the indexes that the lists need', async () => {
    const rows = await askAsSuperuser<{ definition: string }>(
      `SELECT tablename || ' ' || substring(indexdef from '\\(.*\\)') AS definition FROM pg_indexes WHERE schemaname = 'public'`,
    );
    const indexes = rows.map(({ definition }) => definition);
    expect(indexes).toEqual(
      expect.arrayContaining([
        'organizations (owner_id)',
        'organizations (slug)',
        'organizations (owner_id, is_active)',
        'businesses (organization_id, is_active, product)',
        'integrations (organization_id, business_id)',
        'integrations (organization_id, type)',
        'integrations (organization_id, business_id, type)',
        'users (product, platform_role)',
        'users (product, email)',
        'audit_logs (product, entity)',
      ]),
    );
  });

  it('reads by an index that begins with the organization, without scanning others', async () => {
    await askAsSuperuser(
      `INSERT INTO businesses (organization_id, product, id, name, slug)
       SELECT $1, 'bestays', gen_random_uuid(), 'Many', 'many-' || n FROM generate_series(1, 3000) n`,
      [globex.id],
    );
    await askAsSuperuser('ANALYZE businesses');
    const { rows } = await role.ask<{ 'QUERY PLAN': string }>(
      asAcme(),
      'EXPLAIN SELECT * FROM businesses WHERE organization_id = $1::uuid AND id = $2::uuid'
        .replace('$1', `'${acme.id}'`)
        .replace('$2', `'${randomUUID()}'`),
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toMatch(/Index Cond: \(\(?organization_id = /);
    expect(plan).not.toContain('Seq Scan');
  });
});
