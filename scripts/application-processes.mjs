// @ts-check
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutFolder } from './checkout.mjs';
import { spawnLaunched } from './launched-process.mjs';
import { writePrivateFile } from './private-file.mjs';
import { endProcess, identifyProcess, isRunning } from './process-identity.mjs';

/** @type {Array<[NodeJS.Signals, number]>} */
const CLEAN_STOP = [
  ['SIGTERM', 15_000],
  ['SIGKILL', 2_000],
];
/** @type {Array<[NodeJS.Signals, number]>} */
const FORCED_STOP = [['SIGKILL', 2_000]];

/**
 * @typedef {import('./process-identity.mjs').ProcessIdentity} ProcessIdentity
 *
 * @typedef {object} ApplicationProcess
 * @property {number | undefined} pid
 * @property {Promise<string>} ended settles when it ends by itself; the text says how
 * @property {(options?: { isForced?: boolean }) => Promise<void>} stop
 */

/**
 * Starts one of the compiled entry points (`main.js`, `worker.js`).
 * @param {{ script: string, env: NodeJS.ProcessEnv, write: (text: string) => void }} options `write` receives whole lines
 * @returns {ApplicationProcess}
 */
export function startApplicationProcess({ script, env, write }) {
  const child = spawnLaunched(process.execPath, ['--enable-source-maps', join(checkoutFolder, 'dist', script)], {
    cwd: checkoutFolder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) forwardLines(stream, write);

  let isStopping = false;
  /** @type {Promise<string>} */
  const closed = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
  });
  return {
    pid: child.pid,
    ended: closed.then((how) => (isStopping ? new Promise(() => {}) : how)),
    stop: async ({ isForced = false } = {}) => {
      isStopping = true;
      if (child.pid !== undefined) await endProcess(child.pid, isForced ? FORCED_STOP : CLEAN_STOP);
      await closed;
    },
  };
}

/**
 * @param {import('node:stream').Readable | null} stream
 * @param {(text: string) => void} write
 */
function forwardLines(stream, write) {
  let rest = '';
  stream?.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => {
    const end = chunk.lastIndexOf('\n') + 1;
    if (end > 0) write(rest + chunk.slice(0, end));
    rest = end > 0 ? chunk.slice(end) : rest + chunk;
  });
  stream?.on('end', () => rest && write(`${rest}\n`));
}

/**
 * Notes what runs on a port, so that a later start can end what a killed launcher left.
 * @param {{ dataDir: string, port: number, processes: ApplicationProcess[] }} options
 * @returns {() => void} takes the note back
 */
export function recordProcesses({ dataDir, port, processes }) {
  const path = recordPath(dataDir, port);
  const record = {
    launcher: identifyProcess(process.pid),
    processes: processes.map(({ pid }) => pid && identifyProcess(pid)).filter(Boolean),
  };
  writePrivateFile(path, `${JSON.stringify(record, null, 2)}\n`);
  return () => rmSync(path, { force: true });
}

/**
 * Ends the processes that a killed launcher left on a port.
 * @param {{ dataDir: string, port: number }} options
 * @returns {Promise<number | undefined>} the launcher's pid, if it is alive and keeps them
 */
export async function endLeftoverProcesses({ dataDir, port }) {
  /** @type {{ launcher?: ProcessIdentity, processes?: ProcessIdentity[] }} */
  let record;
  try {
    record = JSON.parse(readFileSync(recordPath(dataDir, port), 'utf8'));
  } catch {
    return undefined;
  }
  if (isRunning(record.launcher)) return record.launcher?.pid;
  const leftovers = (record.processes ?? []).filter(isRunning);
  await Promise.all(leftovers.map(({ pid }) => endProcess(pid, CLEAN_STOP)));
  return undefined;
}

/**
 * @param {string} dataDir
 * @param {number} port
 */
function recordPath(dataDir, port) {
  return join(dataDir, `processes-${port}.json`);
}
