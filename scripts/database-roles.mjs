// @ts-check
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { checkoutFolder } from './checkout.mjs';
import { addressOf, deriveDatabaseUrls, derivePassword, ROLES, withDatabase } from './database-urls.mjs';
import { StartupProblem } from './startup-problem.mjs';

const OLDEST_SERVER = 150_000;
const OWNER = 'bulkhead_owner';
const RUNTIME_ROLES = Object.values(ROLES).filter((role) => role !== OWNER);
const RUN_BY_HAND =
  'Run prisma/roles.sql once as a superuser and set all of ' +
  `${Object.keys(ROLES).join(', ')},\nor set only DATABASE_URL, to a superuser's URL (development and test).`;

/**
 * Makes sure that the four roles and the database exist, with the rights that each may have, and returns the URLs of
 * the roles. Safe to run again, also by two processes at once.
 * @param {{ adminUrl: string, databaseName: string }} options `adminUrl` of a superuser
 * @returns {Promise<import('./database-urls.mjs').DatabaseUrls>}
 * @throws {StartupProblem} when the server does not answer, is too old, or the administrator's rights are too few
 */
export async function prepareDatabase({ adminUrl, databaseName }) {
  try {
    await withClient(await findMaintenanceUrl(adminUrl, databaseName), async (client) => {
      await requireSupportedServer(client);
      // The lock lasts as long as the connection; roles.sql takes the same one within its transaction.
      await client.query(`SELECT pg_advisory_lock(hashtextextended('bulkhead.roles', 0))`);
      await createRoles(client, adminUrl);
      await createDatabase(client, databaseName);
      await withClient(withDatabase(adminUrl, databaseName), (database) => grantSchema(database));
    });
  } catch (error) {
    throw explain(error, adminUrl);
  }
  return deriveDatabaseUrls(adminUrl, databaseName);
}

/**
 * The database itself may not exist yet; and the lock holds only among sessions of the same database.
 * @param {string} adminUrl
 * @param {string} databaseName
 */
async function findMaintenanceUrl(adminUrl, databaseName) {
  const url = withDatabase(adminUrl, 'postgres');
  try {
    await withClient(url, async () => {});
    return url;
  } catch (error) {
    // 3D000: some servers come without it. 42501, 28000: some keep it closed.
    if (!['3D000', '42501', '28000'].includes(String(codeOf(error)))) throw error;
    return withDatabase(adminUrl, databaseName);
  }
}

/**
 * @template Result
 * @param {string} connectionString
 * @param {(client: pg.Client) => Promise<Result>} work
 */
async function withClient(connectionString, work) {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: 10_000,
    application_name: 'bulkhead-start',
  });
  // A lost connection rejects the query that runs; without a listener it would end the process besides.
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** @param {pg.Client} client */
async function requireSupportedServer(client) {
  const { rows } = await client.query(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS text`,
  );
  if (rows[0].number < OLDEST_SERVER) {
    throw new StartupProblem(
      `Bulkhead needs PostgreSQL 15 or newer; this server is ${rows[0].text}.\n` +
        'Point DATABASE_URL at a newer one, or leave it unset for an embedded PostgreSQL.',
    );
  }
}

/**
 * @param {pg.Client} client
 * @param {string} adminUrl
 */
async function createRoles(client, adminUrl) {
  const sql = await readFile(join(checkoutFolder, 'prisma/roles.sql'), 'utf8');
  await retryOnConcurrentChange(async () => {
    try {
      await client.query(sql);
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    }
  });
  for (const role of Object.values(ROLES)) {
    const verifier = client.escapeLiteral(scramVerifier(derivePassword(adminUrl, role)));
    await retryOnConcurrentChange(() => client.query(`ALTER ROLE ${role} PASSWORD ${verifier}`));
  }
}

/**
 * @param {pg.Client} client
 * @param {string} databaseName
 */
async function createDatabase(client, databaseName) {
  const name = client.escapeIdentifier(databaseName);
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [databaseName]);
  if (rowCount === 0) {
    try {
      await client.query(
        `CREATE DATABASE ${name} OWNER ${OWNER} ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0`,
      );
    } catch (error) {
      // 42P04, 23505: another process was faster.
      if (!['42P04', '23505'].includes(String(codeOf(error)))) throw error;
    }
  }
  await retryOnConcurrentChange(() =>
    client.query(`
      REVOKE ALL ON DATABASE ${name} FROM PUBLIC;
      GRANT ALL ON DATABASE ${name} TO ${OWNER};
      GRANT CONNECT ON DATABASE ${name} TO ${RUNTIME_ROLES.join(', ')};
    `),
  );
}

/** @param {pg.Client} database */
async function grantSchema(database) {
  await retryOnConcurrentChange(() =>
    database.query(`
      ALTER SCHEMA public OWNER TO ${OWNER};
      REVOKE CREATE ON SCHEMA public FROM PUBLIC;
      GRANT USAGE ON SCHEMA public TO ${RUNTIME_ROLES.join(', ')};
    `),
  );
}

/**
 * A process that is connected to another database of the server does not see our lock.
 * @param {() => Promise<unknown>} work
 */
async function retryOnConcurrentChange(work) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work();
      return;
    } catch (error) {
      // XX000 is PostgreSQL's code for all internal errors, so the text has to tell.
      const isConcurrent = error instanceof Error && error.message.includes('tuple concurrently');
      if (!isConcurrent || attempt === 5) throw error;
      await delay(100);
    }
  }
}

/**
 * Returns what PostgreSQL stores for a password. Sent in its place, because a server may log the statement.
 * @param {string} password
 * @see https://www.postgresql.org/docs/18/catalog-pg-authid.html
 */
function scramVerifier(password) {
  const iterations = 4096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64');
  const serverKey = hmac(salted, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

/**
 * @param {Buffer} key
 * @param {string} text
 */
function hmac(key, text) {
  return createHmac('sha256', key).update(text).digest();
}

/**
 * @param {unknown} error
 * @param {string} adminUrl
 */
function explain(error, adminUrl) {
  if (error instanceof StartupProblem) return error;
  const address = addressOf(adminUrl, '5432');
  const message = error instanceof Error ? error.message : String(error);
  // pg gives no code for a connection that ends or takes too long, nor for a missing password.
  const code = codeOf(error) ?? (/terminated|timeout|SASL|SSL/.test(message) ? 'connection' : undefined);
  switch (code) {
    case '42501':
      return new StartupProblem(
        `The user of DATABASE_URL (${address}) cannot create the roles that Bulkhead needs: ${message}.\n` +
          `bulkhead_system needs BYPASSRLS, which only a superuser can give. ${RUN_BY_HAND}`,
        { cause: error },
      );
    case '28P01':
    case '28000':
      return new StartupProblem(
        `PostgreSQL at ${address} refuses the user of DATABASE_URL: ${message}.\nCorrect user and password there.`,
        {
          cause: error,
        },
      );
    case 'connection':
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'ETIMEDOUT':
      return new StartupProblem(
        `PostgreSQL at ${address} (DATABASE_URL) does not answer: ${message || code}.\n` +
          'Start it, correct DATABASE_URL, or leave DATABASE_URL unset for an embedded PostgreSQL.',
        { cause: error },
      );
    default:
      return error;
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {{ code?: string }} */ (error).code;
}
