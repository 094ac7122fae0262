// @ts-check
import { runLanes } from '../method/lanes.mjs';
import { serveContestant } from '../method/serve-contestant.mjs';
import { OPERATIONS } from './operations.mjs';

/** @typedef {import('./operations.mjs').Target} Target */

/**
 * Lets the runner measure the operations of a system in this process.
 * @param {(targets: Target[]) => Promise<Record<string, (target: Target) => Promise<unknown>>>} open
 */
export function serveSystem(open) {
  /** @type {Record<string, (target: Target) => Promise<unknown>>} */
  let calls = {};
  /** @type {Record<'read' | 'write', Target[]>} */
  let targets = { read: [], write: [] };
  const places = { read: 0, write: 0 };

  /** @param {string} operation */
  const workOf = (operation) => {
    const { targets: kind, isRight } = /** @type {import('./operations.mjs').Operation} */ (OPERATIONS[operation]);
    const call = /** @type {(target: Target) => Promise<unknown>} */ (calls[operation]);
    const rows = targets[kind];
    return async () => {
      const target = /** @type {Target} */ (rows[places[kind]++ % rows.length]);
      const answer = await call(target);
      if (!isRight(answer, target)) throw wrongAnswer(operation, target, answer);
    };
  };

  serveContestant({
    open: async (details) => {
      targets = details.targets;
      calls = await open([...targets.read, ...targets.write]);
    },
    answers: async ({ operation, count }) => {
      const call = /** @type {(target: Target) => Promise<unknown>} */ (calls[operation]);
      return await Promise.all(targets.read.slice(0, count).map(call));
    },
    run: async ({ operation, ...options }) => await runLanes({ work: workOf(operation), ...options }),
    collectGarbage: () => globalThis.gc?.(),
  });
}

/**
 * @param {string} operation
 * @param {Target} target
 * @param {unknown} answer
 */
function wrongAnswer(operation, target, answer) {
  return new Error(
    `${operation} of the row ${target.id} in ${target.organizationId} gave a wrong answer, so nothing that was measured ` +
      `counts: ${JSON.stringify(answer)}`,
  );
}
