// @ts-check

/**
 * Lets one operation of a system take part in a comparison.
 * @param {string} name
 * @param {import('../method/contestant.mjs').Contestant} contestant
 * @param {string} operation
 * @param {{ hasSameAnswers?: boolean }} [options] whether everybody else in the comparison must give the same answers
 * @returns {import('../method/compare.mjs').Entrant}
 */
export function entrantOf(name, contestant, operation, { hasSameAnswers = false } = {}) {
  return {
    name,
    run: (options) => contestant.ask('run', { operation, ...options }),
    collectGarbage: () => contestant.ask('collectGarbage'),
    ...(hasSameAnswers && { answers: (count) => contestant.ask('answers', { operation, count }) }),
  };
}
