// @ts-check
import { ABSOLUTE, isCost } from '../method/scores.mjs';

/**
 * @typedef {import('../method/compare.mjs').Outcome} Outcome
 * @typedef {import('../method/scores.mjs').Score} Score
 */

export const COLUMNS = [
  'Goal',
  'Measured',
  'Of',
  'Against',
  'In flight',
  'Result',
  '95 % interval',
  'Wanted',
  'Reached',
  'By CPU',
  'Per second',
  'CPU µs',
];

/** @type {Record<import('../method/scores.mjs').Goal['measure'], (value: number) => string>} */
const FORMATS = {
  throughput: toRatio,
  latency: toRatio,
  addedMicros: toMicros,
  addedMicrosInAll: toMicros,
  latencyMicros: toMicros,
  memory: toRatio,
  perSecond: (value) => `${toRate(value)} / s`,
};

/**
 * Returns the cells of a suite's table, one row for each score; a first run that missed its goal stays visible.
 * @param {Outcome[]} outcomes
 * @returns {string[][]}
 */
export function rowsOf(outcomes) {
  return outcomes.flatMap(({ scores, missedBefore, inFlight }) => [
    ...missedBefore.map((score) => rowOf(score, inFlight, ' (first run)')),
    ...scores.map((score) => rowOf(score, inFlight, '')),
  ]);
}

/**
 * @param {Score} score
 * @param {number} inFlight
 * @param {string} remark
 */
function rowOf(score, inFlight, remark) {
  const { goal, interval, rates } = score;
  const format = FORMATS[goal.measure];
  return [
    goal.id,
    `${goal.title}${goal.measure.startsWith('latency') ? ', latency' : ''}${remark}`,
    goal.variant,
    goal.baseline,
    String(inFlight),
    format(score.median),
    interval.map(format).join(' to '),
    toWanted(goal),
    toVerdict(score),
    ABSOLUTE.includes(goal.measure) || Number.isNaN(score.processorRatio) ? '' : toRatio(score.processorRatio),
    `${toRate(rates.variant.perSecond)} / ${toRate(rates.baseline.perSecond)}`,
    `${toProcessorMicros(rates.variant)} / ${toProcessorMicros(rates.baseline)}`,
  ];
}

/** @param {import('../method/scores.mjs').Goal} goal */
function toWanted({ bound, measure }) {
  if (bound === undefined) return '';
  return `${isCost(measure) ? 'at most' : 'at least'} ${FORMATS[measure](bound)}`;
}

/** @param {Score} score */
function toVerdict({ goal, isReached, isWitnessed }) {
  if (goal.bound === undefined) return '';
  if (!isReached) return 'no';
  return isWitnessed ? 'yes' : 'yes, but not by CPU';
}

/** @param {number} value */
function toRatio(value) {
  return value.toFixed(2);
}

/** @param {number} value */
function toMicros(value) {
  return `${value.toFixed(0)} µs`;
}

/** @param {number} value */
function toRate(value) {
  return Math.round(value).toLocaleString('en');
}

/** @param {{ processorMicros: number, databaseMicros: number }} rate */
function toProcessorMicros({ processorMicros, databaseMicros }) {
  const database = Number.isNaN(databaseMicros) ? '' : ` + ${databaseMicros.toFixed(0)}`;
  return `${processorMicros.toFixed(0)}${database}`;
}
