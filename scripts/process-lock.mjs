// @ts-check
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identifyThisProcess, isRunning } from './process-identity.mjs';

const UNREADABLE_LOCK_IS_STALE_AFTER_MS = 5_000;
const WAIT_WORTH_MENTIONING_MS = 1_000;

/**
 * Runs `work` while no other process runs work under the same lock file. The lock of a process that was killed
 * does not count.
 * @template Result
 * @param {string} path
 * @param {() => Promise<Result>} work
 * @param {{ onWait?: (pid: number) => void, signal?: AbortSignal }} [options] `onWait` is called once, when another process has held the lock for a while
 * @returns {Promise<Result>}
 */
export async function withProcessLock(path, work, { onWait, signal } = {}) {
  mkdirSync(dirname(path), { recursive: true });
  const startedAt = Date.now();
  let hasMentioned = false;
  while (!tryToLock(path)) {
    await delay(50, undefined, { signal });
    const holder = readHolder(path);
    if (hasMentioned || holder === undefined || Date.now() - startedAt < WAIT_WORTH_MENTIONING_MS) continue;
    hasMentioned = true;
    onWait?.(holder.pid);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** @param {string} path */
function tryToLock(path) {
  if (createExclusively(path)) return true;
  if (!isStale(path)) return false;
  // Two processes may see the same stale lock: only the one that gets the second file may remove it,
  // and it looks again, because the other one may have been here before.
  const removal = `${path}.removal`;
  if (!createExclusively(removal)) {
    if (isStale(removal)) rmSync(removal, { force: true });
    return false;
  }
  try {
    if (isStale(path)) rmSync(path, { force: true });
    return createExclusively(path);
  } finally {
    rmSync(removal, { force: true });
  }
}

/** @param {string} path */
function createExclusively(path) {
  try {
    writeFileSync(path, JSON.stringify(identifyThisProcess()), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} path */
function isStale(path) {
  const holder = readHolder(path);
  if (holder !== undefined) return !isRunning(holder);
  try {
    // Between creating and writing the file is empty; it stays empty when its process was killed right there.
    return Date.now() - statSync(path).mtimeMs > UNREADABLE_LOCK_IS_STALE_AFTER_MS;
  } catch {
    return false;
  }
}

/**
 * @param {string} path
 * @returns {import('./process-identity.mjs').ProcessIdentity | undefined}
 */
function readHolder(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
