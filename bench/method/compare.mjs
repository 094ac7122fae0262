// @ts-check
import { isDeepStrictEqual } from 'node:util';
import { runContest } from './contest.mjs';
import { scoreGoal } from './scores.mjs';

const WARM_UP_SECONDS = 2;
const COMPARED_ANSWERS = 500;

/**
 * @typedef {import('./scores.mjs').Goal} Goal
 * @typedef {import('./scores.mjs').Score} Score
 *
 * @typedef {object} Entrant
 * @property {string} name
 * @property {(options: { seconds: number, inFlight: number, isTimed: boolean }) => Promise<import('./lanes.mjs').Measurement>} run
 * @property {() => Promise<unknown>} collectGarbage
 * @property {(count: number) => Promise<unknown>} [answers] what it says of the first so many rows
 *
 * @typedef {object} Comparison what one contest is about
 * @property {string} title
 * @property {Entrant[]} entrants
 * @property {Goal[]} goals
 * @property {number} inFlight
 * @property {number} rounds
 * @property {number} seconds
 * @property {boolean} [isTimed] also measures each call's time
 *
 * @typedef {object} Outcome
 * @property {string} title
 * @property {number} inFlight
 * @property {Score[]} scores
 * @property {Score[]} missedBefore what the first run said, when a goal was missed and everything was measured again
 * @property {import('./contest.mjs').Contest[]} contests
 */

/**
 * Measures entrants against each other; once more if a goal is missed.
 * @param {Comparison} comparison
 * @param {{ report: import('../../scripts/progress.mjs').Report, readProcessorTime: (() => import('./processor-time.mjs').ProcessorTime) | undefined }} tools
 * @returns {Promise<Outcome>}
 */
export async function compare(comparison, { report, readProcessorTime }) {
  const { title, entrants, goals, inFlight, rounds, seconds, isTimed = false } = comparison;
  report(`${title} (${rounds} rounds of ${seconds} s for each of ${entrants.length}) …`);
  await requireSameAnswers(entrants);
  const variants = entrants.map(({ name, run }) => ({
    name,
    run: (/** @type {number} */ duration) => run({ seconds: duration, inFlight, isTimed }),
  }));
  for (const { run } of variants) await run(WARM_UP_SECONDS);
  for (const { collectGarbage } of entrants) await collectGarbage();

  const contests = [await runContest({ variants, rounds, seconds, readProcessorTime })];
  const first = goals.map((goal) => scoreGoal(goal, /** @type {any} */ (contests[0])));
  for (const score of first) report(`  ${inWords(score)}`);
  const missedBefore = first.filter(({ isReached }) => !isReached);
  if (missedBefore.length === 0) return { title, inFlight, scores: first, missedBefore, contests };

  report('  measuring once more …');
  contests.push(await runContest({ variants, rounds, seconds, readProcessorTime }));
  const scores = goals.map((goal) => scoreGoal(goal, /** @type {any} */ (contests[1])));
  for (const score of scores) report(`  ${inWords(score)}`);
  return { title, inFlight, scores, missedBefore, contests };
}

/** @param {Score} score */
function inWords({ goal: { title, variant, measure, bound }, median, isReached }) {
  const wanted = bound === undefined ? '' : `; wanted ${bound}: ${isReached ? 'reached' : 'missed'}`;
  return `${title}, ${variant}: ${measure} ${median.toFixed(2)}${wanted}`;
}

/** @param {Entrant[]} entrants */
async function requireSameAnswers(entrants) {
  /** @type {{ name: string, rows: unknown } | undefined} */
  let reference;
  for (const { name, answers } of entrants) {
    const rows = await answers?.(COMPARED_ANSWERS);
    if (rows === undefined) continue;
    reference ??= { name, rows };
    if (isDeepStrictEqual(rows, reference.rows)) continue;
    throw new Error(
      `${name} and ${reference.name} answer differently for the same rows, so they cannot be compared. ` +
        'Both must return the whole row; see bench/systems/operations.mjs.',
    );
  }
}
