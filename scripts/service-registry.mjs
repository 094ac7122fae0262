// @ts-check
// DATA_DIR/services.json says which launcher runs which embedded service, so that a second one uses it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writePrivateFile } from './private-file.mjs';
import { identifyThisProcess, isRunning } from './process-identity.mjs';
import { withProcessLock } from './process-lock.mjs';

const POLL_MS = 250;

/**
 * @typedef {import('./process-identity.mjs').ProcessIdentity} ProcessIdentity
 *
 * What a launcher needs the services for: `start` keeps them until it is stopped, `command` and `test` end by themselves.
 * @typedef {'start' | 'command' | 'test'} Purpose
 *
 * @typedef {object} Entry
 * @property {ProcessIdentity & { purpose: Purpose }} [owner] the launcher that runs the service
 * @property {ProcessIdentity[]} guests launchers that use it
 * @property {ServiceDetails} details kept after the end, for the next start
 *
 * @typedef {{ port: number, kind: string, databaseName?: string }} ServiceDetails no secrets
 *
 * @typedef {object} RunningService
 * @property {ServiceDetails} details
 * @property {(options?: { isForced?: boolean }) => Promise<void>} stop
 * @property {Promise<string>} ended settles when the service ends by itself; the text says how
 */

/**
 * Uses the service that another live launcher runs on the same data folder, or waits for that one to end, or starts it.
 * `stop` of the result ends only what was started here, and lets guests finish first unless the purpose is `start`.
 * @param {object} options
 * @param {string} options.dataDir
 * @param {string} options.name
 * @param {Purpose} options.purpose
 * @param {(previous: ServiceDetails | undefined) => Promise<RunningService>} options.start
 * @param {import('./progress.mjs').Report} options.report
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<RunningService>}
 */
export async function joinOrStart(options) {
  const { dataDir, name, purpose, start, report, signal } = options;
  for (;;) {
    const result = await withRegistryLock({ dataDir, report, signal }, async () => {
      const entry = readRegistry(dataDir)[name];
      const owner = isRunning(entry?.owner) ? entry?.owner : undefined;
      if (entry && owner) return mayJoin(purpose, owner.purpose) ? joinAsGuest(options, entry, owner) : owner;

      const service = await start(entry?.details);
      writeEntry(dataDir, name, {
        owner: { ...identifyThisProcess(), purpose },
        guests: [],
        details: service.details,
      });
      return ownedBy(options, service);
    });
    if ('stop' in result) return result;

    report(
      `Waiting for another ${result.purpose === 'test' ? 'test run' : 'command'} (process ${result.pid}) to end …`,
    );
    while (isRunning(result)) await delay(POLL_MS, undefined, { signal });
  }
}

/**
 * A command may share what runs. What stays must not depend on what ends soon, and test runs must not meet.
 * @param {Purpose} purpose
 * @param {Purpose} ownersPurpose
 */
function mayJoin(purpose, ownersPurpose) {
  return purpose === 'command' || (purpose === 'start' && ownersPurpose === 'start');
}

/**
 * @param {Parameters<typeof joinOrStart>[0]} options
 * @param {Entry} entry
 * @param {ProcessIdentity} owner
 * @returns {RunningService}
 */
function joinAsGuest(options, entry, owner) {
  const { dataDir, name, report } = options;
  writeEntry(dataDir, name, { ...entry, guests: [...entry.guests.filter(isRunning), identifyThisProcess()] });
  const leaving = new AbortController();
  return {
    details: entry.details,
    ended: waitForEnd(owner, leaving.signal),
    stop: async () => {
      leaving.abort();
      await withRegistryLock({ dataDir, report }, async () => {
        const present = readRegistry(dataDir)[name];
        if (present)
          writeEntry(dataDir, name, {
            ...present,
            guests: present.guests.filter((guest) => guest.pid !== process.pid),
          });
      });
    },
  };
}

/**
 * @param {ProcessIdentity} owner
 * @param {AbortSignal} signal
 * @returns {Promise<string>}
 */
async function waitForEnd(owner, signal) {
  while (isRunning(owner)) {
    // Unreferenced: watching is no reason to stay.
    await delay(POLL_MS, undefined, { ref: false });
    if (signal.aborted) return new Promise(() => {});
  }
  return `process ${owner.pid}, which ran it, has ended`;
}

/**
 * @param {Parameters<typeof joinOrStart>[0]} options
 * @param {RunningService} service
 * @returns {RunningService}
 */
function ownedBy(options, service) {
  return { ...service, stop: (how) => stopAsOwner(options, service, how) };
}

/**
 * @param {Parameters<typeof joinOrStart>[0]} options
 * @param {RunningService} service
 * @param {{ isForced?: boolean }} [how]
 */
async function stopAsOwner(options, service, { isForced = false } = {}) {
  const { dataDir, name, purpose, report } = options;
  if (isForced) {
    await service.stop({ isForced });
    return;
  }
  let hasReported = false;
  for (;;) {
    // Without the signal that ended the start: stopping is what it asks for.
    const hasStopped = await withRegistryLock({ dataDir, report }, async () => {
      const entry = readRegistry(dataDir)[name];
      const guests = purpose === 'start' ? [] : (entry?.guests ?? []).filter(isRunning);
      if (guests.length > 0) {
        if (!hasReported) report(`Process ${guests[0]?.pid} still uses ${name}; waiting for it to end …`);
        hasReported = true;
        return false;
      }
      await service.stop();
      writeEntry(dataDir, name, { guests: [], details: service.details });
      return true;
    });
    if (hasStopped) return;
    await delay(POLL_MS);
  }
}

/**
 * @template Result
 * @param {{ dataDir: string, report: import('./progress.mjs').Report, signal?: AbortSignal }} options
 * @param {() => Promise<Result>} work
 */
function withRegistryLock({ dataDir, report, signal }, work) {
  return withProcessLock(join(dataDir, 'services.lock'), work, {
    onWait: (pid) => report(`Waiting for process ${pid}, which is starting or stopping services …`),
    signal,
  });
}

/**
 * @param {string} dataDir
 * @returns {Record<string, Entry | undefined>}
 */
function readRegistry(dataDir) {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'services.json'), 'utf8'));
  } catch {
    // Absent on the first start. A damaged one costs the remembered ports only.
    return {};
  }
}

/**
 * @param {string} dataDir
 * @param {string} name
 * @param {Entry} entry
 */
function writeEntry(dataDir, name, entry) {
  const registry = { ...readRegistry(dataDir), [name]: entry };
  writePrivateFile(join(dataDir, 'services.json'), `${JSON.stringify(registry, null, 2)}\n`);
}
