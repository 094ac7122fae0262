import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CommandContext, createContext, JobDoor, OrganizationContextService } from '../../src/tenancy/index.js';
import { buildMember, buildOrganization, type BuiltOrganization, buildPublishedProperty } from '../support/builders.js';
import { contextOf } from '../support/contexts.js';
import { SocketClient } from '../support/socket-client.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
let acme: BuiltOrganization;

beforeAll(async () => {
  app = await TestApp.start({ environment: { PRODUCT: 'realestate' } });
  acme = await buildOrganization(app);
});
afterAll(async () => await app.stop());

const contexts = () => app.get(OrganizationContextService);

describe('the product', () => {
  it('S4-3 is known behind every door', async () => {
    expect((await app.http().get('/api/v1/config').expect(200)).body).toMatchObject({ product: 'realestate' });
    const auth = { token: acme.owner.accessToken, organizationId: acme.id };
    const socket = await SocketClient.connect(app.url, '/connection-test', auth);
    expect(await socket.ask('whoami')).toMatchObject({ data: { product: 'realestate' } });
    socket.close();
    const product = async () => await Promise.resolve(contexts().require().product);
    expect(await app.get(JobDoor).runOutside(randomUUID(), product)).toBe('realestate');
    expect(await new CommandContext(contexts()).run('realestate', product)).toBe('realestate');
  });

  it('S4-14 is one for each deployment: nothing runs in the context of another', async () => {
    const foreign = contextOf(acme);
    expect(() => contexts().run(foreign, () => 1)).toThrow(
      expect.objectContaining({ code: 'PRODUCT_MISMATCH' }) as Error,
    );
    await expect(
      new CommandContext(contexts()).run('bestays', async () => await Promise.resolve(1)),
    ).rejects.toMatchObject({
      code: 'PRODUCT_MISMATCH',
    });
    const own = createContext({ ...foreign, product: 'realestate' });
    expect(contexts().run(own, () => contexts().requireOrganization().organizationId)).toBe(acme.id);
  });

  it('S4-14 cannot be crossed by a reference, whoever writes it', async () => {
    const [user] = await askAsSuperuser<{ id: string }>(
      `INSERT INTO users (id, product, email, first_name, last_name) VALUES ($1, 'bestays', $2, 'A', 'B') RETURNING id`,
      [randomUUID(), `${randomUUID()}@example.test`],
    );
    const property = await buildPublishedProperty(app, acme);
    for (const text of [
      `INSERT INTO memberships (id, organization_id, product, user_id, email, role) VALUES ($2, $1, 'realestate', $3, 'x@y.test', 'MEMBER')`,
      `INSERT INTO memberships (id, organization_id, product, user_id, email, role) VALUES ($2, $1, 'bestays', $3, 'x@y.test', 'MEMBER')`,
      `UPDATE organizations SET owner_id = $3 WHERE id = $1 AND $2::text IS NOT NULL`,
      `UPDATE organizations SET product = 'bestays' WHERE id = $1 AND $2::text IS NOT NULL AND $3::text IS NOT NULL`,
      `UPDATE properties SET product = 'bestays' WHERE organization_id = $1 AND id = '${property.id}' AND $2::text IS NOT NULL AND $3::text IS NOT NULL`,
      `INSERT INTO sessions (id, product, user_id, refresh_token_hash, expires_at) SELECT $2::uuid, 'realestate', $3::uuid, 'x', now() WHERE $1::text IS NOT NULL`,
    ]) {
      await expect(askAsSuperuser(text, [acme.id, randomUUID(), user?.id])).rejects.toMatchObject({ code: '23503' });
    }
  });

  it('S4-5 S4-7 is a column of its own, which rows from before have as bestays', async () => {
    const tables = ['users', 'properties', 'webhook_events', 'audit_logs', 'sessions', 'security_events'];
    const columns = await askAsSuperuser<{
      table: string;
      type: string;
      length: number;
      nullable: string;
      value: string;
    }>(
      `SELECT table_name AS table, data_type AS type, character_maximum_length AS length, is_nullable AS nullable,
              column_default AS value FROM information_schema.columns
        WHERE table_schema = 'public' AND column_name = 'product' AND table_name = ANY ($1) ORDER BY 1`,
      [tables],
    );
    const column = { type: 'character varying', length: 50, nullable: 'NO', value: "'bestays'::character varying" };
    expect(columns).toEqual(tables.sort().map((table) => ({ table, ...column })));
  });

  it('S4-7 came by a migration that only adds', () => {
    const sql = readFileSync('prisma/migrations/20261126220000_product_dimension/migration.sql', 'utf8');
    const statements = sql.replaceAll(/\$\$.*?\$\$|--.*$/gms, '');
    expect(statements).not.toMatch(/\b(DROP|TRUNCATE|DELETE FROM|ALTER COLUMN|RENAME)\b/i);
  });

  it('S4-6 leads the indexes that its queries use', async () => {
    const rows = await askAsSuperuser<{ definition: string }>(
      `SELECT indexdef AS definition FROM pg_indexes WHERE schemaname = 'public'`,
    );
    const leads = rows.map(({ definition }) => definition.replace(/^.* ON public\.(\w+) USING btree \(/, '$1('));
    for (const lead of [
      'users(product, platform_role',
      'users(product, email',
      'properties(product, is_published',
      'audit_logs(product, entity',
      'webhook_events(product',
    ]) {
      expect(leads.filter((text) => text.startsWith(lead))).not.toEqual([]);
    }
  });

  it('S4-21 keeps platform roles on people, and each change of a role on record', async () => {
    const member = await buildMember(app, acme);
    const members = (await app.http(acme.owner).get('/api/v1/members').expect(200)).body as {
      data: { id: string; email: string }[];
    };
    const { id } = members.data.find(({ email }) => email === member.email) ?? { id: '' };
    await app.http(acme.owner).patch(`/api/v1/members/${id}`).send({ role: 'ADMIN' }).expect(200);
    const { body } = await app.http(acme.owner).get('/api/v1/audit-logs?action=member.role-changed').expect(200);
    expect((body as { data: object[] }).data).toMatchObject([{ entityId: id, fields: ['role'], outcome: 'SUCCESS' }]);
    const roles = await askAsSuperuser<{ platform_role: string }>(
      `SELECT DISTINCT platform_role FROM users WHERE product = 'realestate' ORDER BY 1`,
    );
    // Other tests may have made superusers.
    expect(roles.filter((row) => row.platform_role !== 'SUPERUSER')).toEqual([
      { platform_role: 'SYSTEM' },
      { platform_role: 'USER' },
    ]);
    const update = `UPDATE users SET platform_role = 'KING' WHERE id = $1`;
    await expect(askAsSuperuser(update, [member.user.id])).rejects.toMatchObject({ code: '23514' });
  });
});

interface Products {
  readonly PORTS: Readonly<Record<string, string>>;
  selectProduct(product: string, env: NodeJS.ProcessEnv): Record<string, string>;
}

describe('the start of a product', () => {
  let products: Products;
  // No part of the application, and not compiled.
  beforeAll(async () => {
    const name = 'products';
    products = (await import(`../../scripts/${name}.mjs`)) as Products;
  });

  it('S4-24 sets product and port, and lets the environment win over files', () => {
    const { selectProduct } = products;
    expect(selectProduct('bestays', {})).toMatchObject({ PRODUCT: 'bestays', PORT: '8011' });
    expect(selectProduct('realestate', { PRODUCT: 'bestays', PORT: '3000' })).toMatchObject({
      PRODUCT: 'realestate',
      PORT: '8012',
    });
    expect(() => selectProduct('other', {})).toThrow('none of the products');
  });

  it('S4-24 has a command, a compose profile and an example file for each', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const compose = readFileSync('docker-compose.yml', 'utf8');
    for (const [product, port] of Object.entries(products.PORTS)) {
      expect(scripts[`start:${product}`]).toContain(product);
      expect(compose).toContain(`profiles: [${product}]`);
      expect(compose).toContain(`PRODUCT: ${product}, PORT: ${port}`);
      expect(readFileSync(`.env.${product}.example`, 'utf8')).toContain('CLERK_WEBHOOK_SECRET');
    }
    expect(scripts['start:both']).toBeDefined();
    expect(readFileSync('.env.shared.example', 'utf8')).toContain('DATABASE_URL');
  });
});
