// @ts-check
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isCost } from '../method/scores.mjs';
import { median } from '../method/statistics.mjs';

const KEPT_RUNS = 20;
const LARGEST_FALL = 0.1;

/**
 * What one run of a suite measured.
 * @typedef {object} Result
 * @property {string} suite
 * @property {string} startedAt
 * @property {boolean} isDefault whether rounds and seconds were those of the suite
 * @property {import('./machine.mjs').Machine} machine
 * @property {import('../method/compare.mjs').Outcome[]} outcomes
 */

/**
 * Keeps a result as a file, and the last twenty of the suite.
 * @param {string} folder
 * @param {Result} result
 */
export function keepResult(folder, result) {
  mkdirSync(folder, { recursive: true });
  const name = `${result.suite}-${result.startedAt.replaceAll(/[:.]/g, '-')}.json`;
  writeFileSync(join(folder, name), `${JSON.stringify(result, null, 2)}\n`);
  for (const old of listFiles(folder, result.suite).slice(0, -KEPT_RUNS)) rmSync(join(folder, old));
}

/**
 * Returns the results of full runs of a suite, the oldest first.
 * @param {string} folder
 * @param {string} suite
 * @returns {Result[]}
 */
export function readResults(folder, suite) {
  return listFiles(folder, suite)
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
    .filter(({ isDefault }) => isDefault);
}

/**
 * Returns what became worse than it usually was, as sentences.
 * @param {Result} result
 * @param {Result[]} earlier
 * @returns {string[]}
 */
export function findFalls({ outcomes }, earlier) {
  return outcomes
    .flatMap(({ scores }) => scores)
    .flatMap((score) => {
      const usual = median(earlier.flatMap((run) => findScore(run, score)?.median ?? []));
      const isWorse = isCost(score.goal.measure)
        ? score.median > usual * (1 + LARGEST_FALL)
        : score.median < usual * (1 - LARGEST_FALL);
      if (score.goal.bound === undefined || !isWorse) return [];
      const { id, title } = score.goal;
      return [
        `${id} ${title}: ${score.median.toFixed(2)}, and ${usual.toFixed(2)} in the ${earlier.length} runs before`,
      ];
    });
}

/**
 * @param {Result} result
 * @param {import('../method/scores.mjs').Score} wanted
 */
function findScore({ outcomes }, wanted) {
  /** @param {import('../method/scores.mjs').Score} score */
  const keyOf = ({ goal: { id, title, variant, baseline, measure } }) =>
    [id, title, variant, baseline, measure].join('|');
  return outcomes.flatMap(({ scores }) => scores).find((score) => keyOf(score) === keyOf(wanted));
}

/**
 * @param {string} folder
 * @param {string} suite
 */
function listFiles(folder, suite) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${suite}-`))
    .sort();
}
