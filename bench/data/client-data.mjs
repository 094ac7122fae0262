// @ts-check
import { provideDataset, PRODUCT, withAdmin } from './dataset.mjs';

const DATABASE = 'bulkhead_bench_cache';
const SIZE = { organizations: 100, rowsEach: 10 };
const CLIENTS_EACH = 10;

// A client as the product's own builder makes one: two credentials, two projects of five keywords each.
const CLIENTS = `
  INSERT INTO clients (product, organization_id, id, name, website_url, business_objectives, target_audience)
    SELECT $PRODUCT, bench.id('organization', n % $ORGANIZATIONS), bench.id('client', n), 'Client ' || n,
           'https://www.example.com', 'Sells more of number ' || n || '.', 'People who need number ' || n || '.'
      FROM generate_series(0, $CLIENTS - 1) AS n;
  INSERT INTO client_credentials (product, organization_id, id, client_id, provider, fingerprint, envelope)
    SELECT $PRODUCT, bench.id('organization', n % $ORGANIZATIONS), bench.id(provider, n), bench.id('client', n), provider,
           substr(md5(n::text), 1, 12), 'v1.' || substr(md5(n::text), 1, 8) || '.' || repeat(md5(provider || n), 12)
      FROM generate_series(0, $CLIENTS - 1) AS n, unnest(ARRAY['GOOGLE_ANALYTICS', 'SEARCH_CONSOLE']) AS provider;
  INSERT INTO seo_projects (product, organization_id, id, client_id, name)
    SELECT $PRODUCT, bench.id('organization', n % $ORGANIZATIONS), bench.id('project' || p, n), bench.id('client', n),
           'Project ' || p
      FROM generate_series(0, $CLIENTS - 1) AS n, generate_series(1, 2) AS p;
  INSERT INTO keywords (product, organization_id, id, seo_project_id, term, target_url)
    SELECT $PRODUCT, bench.id('organization', n % $ORGANIZATIONS), bench.id('keyword' || p || '-' || w, n),
           bench.id('project' || p, n), 'keyword ' || p || '-' || w, 'https://www.example.com/' || w
      FROM generate_series(0, $CLIENTS - 1) AS n, generate_series(1, 2) AS p, generate_series(1, 5) AS w`;

const TARGETS = `
  SELECT id, organization_id AS "organizationId", name, 0 AS "rowsOfOrganization" FROM clients ORDER BY organization_id, id`;

/**
 * Returns a database in which organizations have clients, and those clients.
 * @param {import('../method/bench.mjs').Bench} bench
 */
export async function provideClients({ env, adminUrl, report }) {
  const dataset = await provideDataset({ name: DATABASE, size: SIZE, adminUrl, env, report });
  const targets = await withAdmin(dataset.adminUrl, async (client) => {
    const { rows } = await client.query('SELECT 1 FROM clients LIMIT 1');
    if (rows.length === 0) {
      const sql = CLIENTS.replaceAll('$PRODUCT', client.escapeLiteral(PRODUCT))
        .replaceAll('$ORGANIZATIONS', String(SIZE.organizations))
        .replaceAll('$CLIENTS', String(SIZE.organizations * CLIENTS_EACH));
      await client.query(sql);
      await client.query('VACUUM ANALYZE');
    }
    return /** @type {import('./targets.mjs').Target[]} */ ((await client.query(TARGETS)).rows);
  });
  return { dataset, targets };
}
