// @ts-check
import { median, medianInterval } from './statistics.mjs';

/**
 * @typedef {import('./contest.mjs').Block} Block
 * @typedef {import('./contest.mjs').Contest} Contest
 *
 * @typedef {object} Goal
 * @property {string} id of the goal, as P1
 * @property {string} title what is measured
 * @property {string} variant
 * @property {string} baseline
 * @property {'throughput' | 'latency' | 'perSecond' | 'addedMicros' | 'addedMicrosInAll' | 'latencyMicros' | 'memory'} measure
 * @property {number} [bound] at least so much (the first three), or at most (the others; in all: with PostgreSQL); without one it only informs
 *
 * @typedef {object} Score
 * @property {Goal} goal
 * @property {number} median
 * @property {[low: number, high: number]} interval
 * @property {boolean} isReached
 * @property {number} processorRatio the second witness: processor time per operation, baseline to variant; not a number where unknown
 * @property {boolean} isWitnessed whether processor time does not contradict what was reached
 * @property {Record<'variant' | 'baseline', { perSecond: number, processorMicros: number, databaseMicros: number, latencyMicros?: number }>} rates
 */

// A goal is reached by the median; the interval may pass it by so much, because rounds scatter.
const TOLERANCE = 0.05;

/** What processor time says nothing of. @type {Goal['measure'][]} */
export const ABSOLUTE = ['perSecond', 'addedMicros', 'addedMicrosInAll', 'latencyMicros', 'memory'];

/** @type {Record<Goal['measure'], (variant: Block, baseline: Block) => number>} */
const MEASURES = {
  throughput: (variant, baseline) => rate(variant) / rate(baseline),
  latency: (variant, baseline) => Number(baseline.latencyMicros) / Number(variant.latencyMicros),
  perSecond: rate,
  addedMicros: (variant, baseline) =>
    variant.processorMicros / variant.operations - baseline.processorMicros / baseline.operations,
  addedMicrosInAll: (variant, baseline) => totalMicros(variant) - totalMicros(baseline),
  latencyMicros: ({ latencyMicros }) => Number(latencyMicros),
  memory: (variant, baseline) => Number(variant.bytes) / Number(baseline.bytes),
};

/**
 * Compares two variants of a contest round by round.
 * @param {Goal} goal
 * @param {Contest} contest
 * @returns {Score}
 */
export function scoreGoal(goal, { blocks }) {
  const variant = blocks[goal.variant] ?? [];
  const baseline = blocks[goal.baseline] ?? [];
  const measure = MEASURES[goal.measure];
  const values = variant.map((block, round) => measure(block, /** @type {Block} */ (baseline[round])));
  const interval = medianInterval(values);
  const processorRatio = median(
    variant.map((block, round) => totalMicros(/** @type {Block} */ (baseline[round])) / totalMicros(block)),
  );
  return {
    goal,
    median: median(values),
    interval,
    isReached: isReached(goal, median(values), interval),
    processorRatio,
    isWitnessed: isWitnessed(goal, processorRatio),
    rates: { variant: summarize(variant), baseline: summarize(baseline) },
  };
}

/**
 * @param {Goal} goal
 * @param {number} value
 * @param {[low: number, high: number]} interval
 */
function isReached({ measure, bound }, value, [low, high]) {
  if (bound === undefined) return true;
  if (isCost(measure)) return value <= bound && high <= bound * (1 + TOLERANCE);
  const tolerance = measure === 'perSecond' ? bound * TOLERANCE : TOLERANCE;
  return value >= bound && low >= bound - tolerance;
}

/**
 * Tells whether less is better.
 * @param {Goal['measure']} measure
 */
export function isCost(measure) {
  return ['addedMicros', 'addedMicrosInAll', 'latencyMicros', 'memory'].includes(measure);
}

/**
 * @param {Goal} goal
 * @param {number} processorRatio
 */
function isWitnessed({ measure, bound }, processorRatio) {
  const isUnknown = bound === undefined || ABSOLUTE.includes(measure) || Number.isNaN(processorRatio);
  return isUnknown || processorRatio >= bound - TOLERANCE;
}

/** @param {Block[]} blocks */
function summarize(blocks) {
  const latencies = blocks.flatMap(({ latencyMicros }) => latencyMicros ?? []);
  return {
    perSecond: median(blocks.map(rate)),
    processorMicros: median(blocks.map((block) => block.processorMicros / block.operations)),
    databaseMicros: median(blocks.map((block) => block.databaseMicros / block.operations)),
    ...(latencies.length > 0 && { latencyMicros: median(latencies) }),
  };
}

/** @param {Block} block */
function rate({ operations, seconds }) {
  return operations / seconds;
}

/** @param {Block} block */
function totalMicros({ processorMicros, databaseMicros, operations }) {
  return (processorMicros + databaseMicros) / operations;
}
