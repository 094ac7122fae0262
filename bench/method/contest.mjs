// @ts-check
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** So much of a core that others use is more than what a quiet machine does on the side. */
const MOST_FOREIGN_CORES = 0.3;
/** Of the rounds; else a busy machine would never come to an end. */
const MOST_REPEATED_SHARE = 1 / 3;
const PAUSE_AFTER_DISTURBANCE_MS = 1_000;

/**
 * @typedef {import('./lanes.mjs').Measurement} Measurement
 * @typedef {import('./processor-time.mjs').ProcessorTime} ProcessorTime
 *
 * @typedef {object} Variant
 * @property {string} name
 * @property {(seconds: number) => Promise<Measurement>} run
 *
 * @typedef {Measurement & { databaseMicros: number, foreignMicros: number }} Block
 *
 * @typedef {object} Contest
 * @property {Record<string, Block[]>} blocks by name of the variant, one per round
 * @property {number} repeatedRounds that were thrown away because somebody else used the machine
 * @property {number} disturbedRounds that count all the same: enough were repeated already
 * @property {number} highestLoad one-minute load average; our own work counts in it
 */

/**
 * Lets variants take turns, A B C, C B A, round after round, so that whatever changes on the machine meanwhile changes
 * for all of them.
 * @param {object} options
 * @param {Variant[]} options.variants warmed up
 * @param {number} options.rounds
 * @param {number} options.seconds for which each variant runs in each round
 * @param {(() => ProcessorTime) | undefined} options.readProcessorTime
 * @returns {Promise<Contest>}
 */
export async function runContest({ variants, rounds, seconds, readProcessorTime }) {
  /** @type {Record<string, Block[]>} */
  const blocks = Object.fromEntries(variants.map(({ name }) => [name, []]));
  let repeatedRounds = 0;
  let disturbedRounds = 0;
  let highestLoad = 0;
  for (let round = 0; round < rounds;) {
    const measured = await runRound(variants, seconds, readProcessorTime);
    highestLoad = Math.max(highestLoad, loadavg()[0] ?? 0);
    const isDisturbed = [...measured.values()].some(isShared);
    if (isDisturbed && repeatedRounds < rounds * MOST_REPEATED_SHARE) {
      repeatedRounds += 1;
      await delay(PAUSE_AFTER_DISTURBANCE_MS);
      continue;
    }
    disturbedRounds += isDisturbed ? 1 : 0;
    for (const [name, block] of measured) blocks[name]?.push(block);
    round += 1;
  }
  return { blocks, repeatedRounds, disturbedRounds, highestLoad };
}

/**
 * @param {Variant[]} variants
 * @param {number} seconds
 * @param {(() => ProcessorTime) | undefined} readProcessorTime
 */
async function runRound(variants, seconds, readProcessorTime) {
  /** @type {Map<string, Block>} */
  const measured = new Map();
  for (const { name, run } of [...variants, ...variants.toReversed()]) {
    const block = await runBlock(() => run(seconds / 2), readProcessorTime);
    const earlier = measured.get(name);
    measured.set(name, earlier ? join(earlier, block) : block);
  }
  return measured;
}

/**
 * @param {() => Promise<Measurement>} run
 * @param {(() => ProcessorTime) | undefined} readProcessorTime
 * @returns {Promise<Block>}
 */
async function runBlock(run, readProcessorTime) {
  const before = readProcessorTime?.();
  const ownBefore = process.cpuUsage();
  const measurement = await run();
  const own = process.cpuUsage(ownBefore);
  const after = readProcessorTime?.();
  if (!before || !after) return { ...measurement, databaseMicros: Number.NaN, foreignMicros: 0 };
  const databaseMicros = after.database - before.database;
  const ours = databaseMicros + measurement.processorMicros + (measurement.helperMicros ?? 0) + own.user + own.system;
  return { ...measurement, databaseMicros, foreignMicros: after.machine - before.machine - ours };
}

/**
 * @param {Block} first
 * @param {Block} second
 * @returns {Block}
 */
function join(first, second) {
  return {
    operations: first.operations + second.operations,
    seconds: first.seconds + second.seconds,
    processorMicros: first.processorMicros + second.processorMicros,
    databaseMicros: first.databaseMicros + second.databaseMicros,
    foreignMicros: first.foreignMicros + second.foreignMicros,
    ...(second.bytes !== undefined && { bytes: second.bytes }),
    ...(first.latencyMicros !== undefined &&
      second.latencyMicros !== undefined && { latencyMicros: (first.latencyMicros + second.latencyMicros) / 2 }),
  };
}

/** @param {Block} block */
function isShared({ foreignMicros, seconds }) {
  return foreignMicros / 1e6 / seconds > MOST_FOREIGN_CORES;
}
