// @ts-check

const RESAMPLES = 2_000;
const CONFIDENCE = 0.95;

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * Returns the value that the given part of the values stays below; of 0.5, the median.
 * @param {readonly number[]} values
 * @param {number} part
 */
export function quantile(values, part) {
  if (part === 0.5) return median(values);
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/**
 * Returns between which bounds the median lies with 95 % confidence, by the bootstrap: rounds are drawn again and again
 * from those that were measured. The draws are seeded, so the same rounds give the same interval.
 * @param {readonly number[]} values
 * @returns {[low: number, high: number]}
 */
export function medianInterval(values) {
  const random = createRandom(1);
  const medians = Array.from({ length: RESAMPLES }, () =>
    median(values.map(() => values[Math.floor(random() * values.length)] ?? Number.NaN)),
  ).sort((left, right) => left - right);
  const tail = Math.floor((RESAMPLES * (1 - CONFIDENCE)) / 2);
  return [medians[tail] ?? Number.NaN, medians[RESAMPLES - 1 - tail] ?? Number.NaN];
}

/**
 * Returns a generator of numbers from 0 to 1 that repeats itself for the same seed (Mulberry32).
 * @param {number} seed
 */
export function createRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
