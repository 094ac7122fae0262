// @ts-check
import { accessSync, constants, mkdirSync } from 'node:fs';
import { relative } from 'node:path';
import { checkoutFolder } from './checkout.mjs';
import { addressOf, databaseOf, deriveDatabaseUrls, ROLES } from './database-urls.mjs';
import { readAdminUrl } from './postgres-password.mjs';
import { reportTo } from './progress.mjs';
import { joinOrStart } from './service-registry.mjs';
import { StartupProblem } from './startup-problem.mjs';

const URL_NAMES = Object.keys(ROLES);

/**
 * @typedef {object} Services
 * @property {Record<string, string>} env the addresses, as environment variables
 * @property {string | undefined} adminUrl the database administrator's; unknown when all four URLs were given
 * @property {() => { database: string, redis: string }} describe addresses fit for people, without secrets
 * @property {Promise<string>} lost settles when an embedded service ends by itself; the text says which and how
 * @property {(options?: { isForced?: boolean }) => Promise<void>} stop ends what was started here, Redis first
 */

/**
 * Gives the addresses of PostgreSQL and Redis: those of the environment, else those of embedded ones, which it starts.
 * In development and test a lone DATABASE_URL is the administrator's: roles and database are prepared on that server.
 * @param {object} options
 * @param {string} options.dataDir
 * @param {NodeJS.ProcessEnv} options.env
 * @param {string} [options.databaseName] used unless DATABASE_URL names one
 * @param {string[]} [options.postgresFlags] settings of an embedded server, `name=value`
 * @param {import('./service-registry.mjs').Purpose} [options.purpose] `command` unless told
 * @param {import('./progress.mjs').Report} [options.report] prints to stderr unless told
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<Services>}
 */
export async function startServices(options) {
  const postgres = await startPostgres(options);
  try {
    const redis = await startRedis(options);
    return {
      env: { ...postgres.env, ...redis.env },
      adminUrl: postgres.adminUrl,
      describe: () => ({ database: postgres.description, redis: redis.description }),
      lost: Promise.race([
        postgres.ended.then((how) => `PostgreSQL has ended: ${how}`),
        redis.ended.then((how) => `Redis has ended: ${how}`),
      ]),
      stop: async (how) => {
        try {
          await redis.stop(how);
        } finally {
          await postgres.stop(how);
        }
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/**
 * @typedef {object} Service
 * @property {Record<string, string>} env
 * @property {string} [adminUrl]
 * @property {string} description
 * @property {Promise<string>} ended
 * @property {(options?: { isForced?: boolean }) => Promise<void>} stop
 */

/** @type {Pick<Service, 'ended' | 'stop'>} */
const elsewhere = { ended: new Promise(() => {}), stop: async () => {} };

/**
 * @param {Parameters<typeof startServices>[0]} options
 * @returns {Promise<Service>}
 */
async function startPostgres(options) {
  const { env, databaseName = 'bulkhead' } = options;
  const given = URL_NAMES.filter((name) => env[name]);
  const url = env['DATABASE_URL'];

  if (given.length === URL_NAMES.length) {
    const urls = Object.fromEntries(URL_NAMES.map((name) => [name, String(env[name])]));
    return { ...elsewhere, env: urls, description: addressOf(String(url), '5432') };
  }
  if (given.length > 1 || (given.length === 1 && !url)) {
    const missing = URL_NAMES.filter((name) => !env[name]);
    throw new StartupProblem(
      `The four database URLs belong together. Set: ${given.join(', ')}. Not set: ${missing.join(', ')}.\n` +
        "Set all four, or only DATABASE_URL to an administrator's URL, or none for an embedded PostgreSQL.",
    );
  }
  requireDevelopment(
    env,
    URL_NAMES.filter((name) => !env[name]),
  );
  return url ? usePostgresOf(url, databaseName) : embedPostgres(options, databaseName);
}

/**
 * @param {string} url
 * @param {string} databaseName
 * @returns {Promise<Service>}
 */
async function usePostgresOf(url, databaseName) {
  if (!URL.canParse(url))
    throw new StartupProblem('DATABASE_URL is no URL: postgresql://user:password@host:5432/database');
  const named = databaseOf(url);
  const name = named === '' || named === 'postgres' ? databaseName : named;
  const { prepareDatabase } = await import('./database-roles.mjs');
  const urls = await prepareDatabase({ adminUrl: url, databaseName: name });
  return { ...elsewhere, env: urls, adminUrl: url, description: addressOf(urls.DATABASE_URL, '5432') };
}

/**
 * @param {Parameters<typeof startServices>[0]} options
 * @param {string} databaseName
 * @returns {Promise<Service>}
 */
async function embedPostgres(options, databaseName) {
  const { dataDir, postgresFlags, purpose = 'command', report = reportTo(process.stderr), signal } = options;
  requireWritable(dataDir);
  const service = await joinOrStart({
    name: 'postgres',
    dataDir,
    purpose,
    report,
    signal,
    start: async (previous) => {
      // Loaded here only: a command that finds the services running need not wait for it.
      const { startEmbeddedPostgres } = await import('./embedded-postgres.mjs');
      const { prepareDatabase } = await import('./database-roles.mjs');
      if (previous === undefined) report('Starting the embedded PostgreSQL …');
      const server = await startEmbeddedPostgres({
        dataDir,
        flags: postgresFlags,
        preferredPort: previous?.port,
        report,
        signal,
      });
      try {
        await prepareDatabase({ adminUrl: readAdminUrl({ dataDir, port: server.port }), databaseName });
      } catch (error) {
        await server.stop();
        throw error;
      }
      return { ...server, details: { port: server.port, kind: shorten(server.folder), databaseName } };
    },
  });
  return describeEmbeddedPostgres(service, dataDir, databaseName);
}

/**
 * @param {import('./service-registry.mjs').RunningService} service
 * @param {string} dataDir
 * @param {string} databaseName
 * @returns {Promise<Service>}
 */
async function describeEmbeddedPostgres(service, dataDir, databaseName) {
  const { port, kind } = service.details;
  const adminUrl = readAdminUrl({ dataDir, port });
  if (service.details.databaseName !== databaseName) {
    const { prepareDatabase } = await import('./database-roles.mjs');
    await prepareDatabase({ adminUrl, databaseName });
  }
  const urls = deriveDatabaseUrls(adminUrl, databaseName);
  return {
    ...service,
    env: urls,
    adminUrl,
    description: `${addressOf(urls.DATABASE_URL, '5432')} (embedded, data in ${kind})`,
  };
}

/**
 * @param {Parameters<typeof startServices>[0]} options
 * @returns {Promise<Service>}
 */
async function startRedis(options) {
  const { dataDir, env, purpose = 'command', report = reportTo(process.stderr), signal } = options;
  const url = env['REDIS_URL'];
  if (url) {
    return {
      ...elsewhere,
      env: { REDIS_URL: url },
      description: URL.canParse(url) ? addressOf(url, '6379') : 'REDIS_URL',
    };
  }
  requireDevelopment(env, ['REDIS_URL']);
  requireWritable(dataDir);
  const service = await joinOrStart({
    name: 'redis',
    dataDir,
    purpose,
    report,
    signal,
    start: async (previous) => {
      const { startEmbeddedRedis } = await import('./embedded-redis.mjs');
      const server = await startEmbeddedRedis({
        dataDir,
        // Jobs of an earlier test run must not reach this one.
        isPersistent: purpose !== 'test',
        preferredPort: previous?.port,
        report,
      });
      return { ...server, details: { port: server.port, kind: server.kind } };
    },
  });
  const { port, kind } = service.details;
  return {
    ...service,
    env: { REDIS_URL: `redis://127.0.0.1:${port}` },
    description: `127.0.0.1:${port} (embedded, ${kind})`,
  };
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} missing
 */
function requireDevelopment(env, missing) {
  const environment = env['ENVIRONMENT'] || 'development';
  if (environment === 'development' || environment === 'test') return;
  throw new StartupProblem(
    `ENVIRONMENT=${environment}, and not set: ${missing.join(', ')}.\n` +
      'Services are embedded and databases prepared in development and test only. Set what is missing; ' +
      'staging and production run npm run build, npm run start:api and npm run start:worker.',
  );
}

/** @param {string} dataDir */
function requireWritable(dataDir) {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StartupProblem(
      `This account cannot write to ${dataDir}, where the embedded services keep their data.\n` +
        'Set DATA_DIR to another folder, or change the owner of this one.',
      { cause: error },
    );
  }
}

/** @param {string} folder */
function shorten(folder) {
  const path = relative(checkoutFolder, folder);
  return path.startsWith('..') ? folder : path;
}
