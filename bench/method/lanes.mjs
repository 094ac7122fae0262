// @ts-check
import { quantile } from './statistics.mjs';

/**
 * @typedef {object} Measurement
 * @property {number} operations
 * @property {number} seconds
 * @property {number} processorMicros of what is measured
 * @property {number} [helperMicros] processor time of what only helps to measure
 * @property {number} [bytes] of memory for each operation
 * @property {number} [latencyMicros] the median, or the quantile that was asked for; only when asked for
 */

/**
 * Runs `work` over and over in so many lanes, each waiting for its own answer before it asks again.
 * @param {object} options
 * @param {() => Promise<void>} options.work throws on a wrong answer, which voids the run
 * @param {number} options.seconds
 * @param {number} options.inFlight
 * @param {boolean} [options.isTimed]
 * @param {number} [options.latencyQuantile] 0.99: all but one in a hundred were faster
 * @returns {Promise<Measurement>}
 */
export async function runLanes({ work, seconds, inFlight, isTimed = false, latencyQuantile = 0.5 }) {
  /** @type {number[]} */
  const latencies = [];
  let operations = 0;
  const processorBefore = process.cpuUsage();
  const startedAt = performance.now();
  const deadline = startedAt + seconds * 1_000;

  const lane = async () => {
    for (let now = performance.now(); now < deadline;) {
      await work();
      operations += 1;
      const before = now;
      now = performance.now();
      if (isTimed) latencies.push(now - before);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));

  const elapsedSeconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(processorBefore);
  return {
    operations,
    seconds: elapsedSeconds,
    processorMicros: user + system,
    ...(isTimed && { latencyMicros: quantile(latencies, latencyQuantile) * 1_000 }),
  };
}
