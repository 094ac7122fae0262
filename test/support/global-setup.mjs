// @ts-check
import { execFileSync } from 'node:child_process';
import pg from 'pg';
import { ensureBuilt } from '../../scripts/build.mjs';
import { reportTo } from '../../scripts/progress.mjs';

// As many as jest.config.ts allows workers.
const WORKERS = [1, 2];

const EMPTY_SCHEMA = `
  DROP SCHEMA public CASCADE;
  CREATE SCHEMA public AUTHORIZATION bulkhead_owner;
  GRANT USAGE ON SCHEMA public TO bulkhead_app, bulkhead_identity, bulkhead_system`;

/**
 * What is left of the last run may come from a migration that was edited since.
 * @param {string} adminUrl
 * @param {string} database
 */
async function empty(adminUrl, database) {
  const url = new URL(adminUrl);
  url.pathname = database;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await client.query(EMPTY_SCHEMA);
  await client.end();
}

/** Migrates one database by the compiled command, and copies it for each jest worker. `npm test` started the services. */
export default async function setUp() {
  const adminUrl = process.env['TEST_ADMIN_DATABASE_URL'];
  if (!adminUrl) throw new Error('Run the tests with npm test: it starts PostgreSQL and Redis for them.');
  await ensureBuilt({ report: reportTo(process.stderr) });
  const template = new URL(process.env['DATABASE_OWNER_URL'] ?? '').pathname.slice(1);
  await empty(adminUrl, template);
  execFileSync(process.execPath, ['dist/cli.js', 'db:migrate'], { env: { ...process.env, ENVIRONMENT: 'test' } });
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  for (const suffix of WORKERS.flatMap((worker) => [`_${worker}`, `_${worker}_destroyed`])) {
    const name = admin.escapeIdentifier(`${template}${suffix}`);
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${admin.escapeIdentifier(template)} OWNER bulkhead_owner`);
    await admin.query(`GRANT CONNECT ON DATABASE ${name} TO bulkhead_app, bulkhead_identity, bulkhead_system`);
  }
  await admin.end();
}
