// @ts-check
// cspell:words datname lpad shobj
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { checkoutFolder } from '../../scripts/checkout.mjs';
import { prepareDatabase } from '../../scripts/database-roles.mjs';
import { withDatabase } from '../../scripts/database-urls.mjs';

export const PRODUCT = 'bestays';
/** Rows of the last organizations are written to; the others are read and never change. */
const WRITTEN_SHARE = 0.01;

/**
 * @typedef {object} Size
 * @property {number} organizations each with an owner, a membership and a log-in
 * @property {number} rowsEach businesses of one organization
 *
 * @typedef {object} Dataset
 * @property {Size} size
 * @property {NodeJS.ProcessEnv} env the addresses of this database, for each role
 * @property {string} adminUrl
 */

// Ids are ordered by time as those of the product (UUID version 7), and made from a number so that any row can be found.
const ID_FUNCTION = `
  CREATE SCHEMA IF NOT EXISTS bench;
  CREATE OR REPLACE FUNCTION bench.id(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(1700000000000 + number), 12, '0') || '7' || substr(md5(kind || number), 14, 3)
            || '8' || substr(md5(kind || number), 18))::uuid
  $$`;

// Rows in the order in which time would bring them: the organizations take turns, so no page belongs to one of them.
const ROWS = `
  INSERT INTO users (product, id, email, first_name, last_name, home_organization_id)
    SELECT $PRODUCT, bench.id('user', n), 'owner-' || n || '@example.test', 'Owner', 'No. ' || n, bench.id('organization', n)
      FROM generate_series(0, $ORGANIZATIONS - 1) AS n;
  INSERT INTO organizations (product, id, name, slug, owner_id)
    SELECT $PRODUCT, bench.id('organization', n), 'Organization ' || n, 'organization-' || n, bench.id('user', n)
      FROM generate_series(0, $ORGANIZATIONS - 1) AS n;
  INSERT INTO memberships (product, organization_id, id, user_id, email, role)
    SELECT $PRODUCT, bench.id('organization', n), bench.id('membership', n), bench.id('user', n), 'owner-' || n || '@example.test', 'OWNER'
      FROM generate_series(0, $ORGANIZATIONS - 1) AS n;
  INSERT INTO sessions (product, id, user_id, refresh_token_hash, active_organization_id, expires_at)
    SELECT $PRODUCT, bench.id('session', n), bench.id('user', n), md5(n::text), bench.id('organization', n), now() + interval '10 years'
      FROM generate_series(0, $ORGANIZATIONS - 1) AS n;
  INSERT INTO businesses (product, organization_id, id, name, slug, description)
    SELECT $PRODUCT, bench.id('organization', n % $ORGANIZATIONS), bench.id('business', n), 'Business ' || n, 'business-' || n,
           'Sells what number ' || n || ' of its street sells.'
      FROM generate_series(0, $ORGANIZATIONS * $ROWS_EACH - 1) AS n`;

/**
 * Returns a database with so many organizations; makes and fills it unless an earlier run did.
 * @param {object} options
 * @param {string} options.name
 * @param {Size} options.size
 * @param {string} options.adminUrl
 * @param {NodeJS.ProcessEnv} options.env
 * @param {import('../../scripts/progress.mjs').Report} options.report
 * @returns {Promise<Dataset>}
 */
export async function provideDataset({ name, size, adminUrl, env, report }) {
  const databaseUrl = withDatabase(adminUrl, name);
  const fingerprint = fingerprintOf(size);
  if ((await readFingerprint(adminUrl, name)) === fingerprint) {
    await withAdmin(databaseUrl, removeTraces);
  } else {
    const startedAt = performance.now();
    report(`Filling ${name}: ${size.organizations.toLocaleString('en')} organizations, ${size.rowsEach} rows each …`);
    await withAdmin(adminUrl, (client) =>
      client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`),
    );
    const urls = await prepareDatabase({ adminUrl, databaseName: name });
    execFileSync(process.execPath, ['dist/cli.js', 'db:migrate'], {
      cwd: checkoutFolder,
      env: { ...env, ...urls },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await withAdmin(databaseUrl, (client) => fill(client, size));
    await withAdmin(adminUrl, (client) =>
      client.query(`COMMENT ON DATABASE ${client.escapeIdentifier(name)} IS '${fingerprint}'`),
    );
    report(`  filled in ${Math.round((performance.now() - startedAt) / 1_000)} s`);
  }
  return { size, adminUrl: databaseUrl, env: { ...env, ...(await prepareDatabase({ adminUrl, databaseName: name })) } };
}

/** @param {Size} size */
export function writtenOrganizations({ organizations }) {
  return Math.ceil(organizations * WRITTEN_SHARE);
}

/**
 * @template Result
 * @param {string} connectionString
 * @param {(client: pg.Client) => Promise<Result>} work
 */
export async function withAdmin(connectionString, work) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * @param {pg.Client} client
 * @param {Size} size
 */
async function fill(client, { organizations, rowsEach }) {
  await client.query(ID_FUNCTION);
  // The rows are consistent by construction; checking each foreign key would double the time.
  await client.query('SET session_replication_role = replica');
  const sql = ROWS.replaceAll('$PRODUCT', client.escapeLiteral(PRODUCT))
    .replaceAll('$ORGANIZATIONS', `${organizations}::bigint`)
    .replaceAll('$ROWS_EACH', String(rowsEach));
  await client.query(sql);
  await client.query('VACUUM ANALYZE');
  await client.query('CHECKPOINT');
}

/**
 * Brings back what an earlier run wrote.
 * @param {pg.Client} client
 */
async function removeTraces(client) {
  await client.query(`DELETE FROM businesses WHERE slug LIKE 'created-%'`);
  await client.query('UPDATE businesses SET version = 1 WHERE version > 1');
  await client.query('VACUUM ANALYZE businesses');
  await client.query('CHECKPOINT');
}

/** @param {Size} size */
function fingerprintOf(size) {
  const migrations = join(checkoutFolder, 'prisma/migrations');
  const files = readdirSync(migrations, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.sql'));
  const sum = createHash('sha256').update(JSON.stringify(size)).update(ID_FUNCTION).update(ROWS);
  for (const path of files.sort()) sum.update(readFileSync(join(migrations, path)));
  return sum.digest('hex');
}

/**
 * @param {string} adminUrl
 * @param {string} name
 * @returns {Promise<string | undefined>}
 */
async function readFingerprint(adminUrl, name) {
  const text = `SELECT shobj_description(oid, 'pg_database') AS fingerprint FROM pg_database WHERE datname = $1`;
  return await withAdmin(adminUrl, async (client) => (await client.query(text, [name])).rows[0]?.fingerprint);
}
