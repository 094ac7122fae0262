// @ts-check
import Sequencer from '@jest/test-sequencer';

/**
 * What takes longest, first, so that two workers end together: on a machine that has never run the tests, jest goes by
 * the size of the files, and the longest are among the smallest. From CI; only the order counts.
 */
const LONGEST = [
  'isolation/matrix',
  'e2e/sweep.spec',
  'e2e/revocation',
  'integration/migrations',
  'e2e/idempotency-kill',
  'e2e/api-keys-tampered',
  'e2e/bad-input',
  'e2e/command-line',
  'e2e/sign-in-limits',
  'e2e/outages',
  'e2e/last-owner',
  'e2e/token-keys',
];

export default class LongestFirst extends Sequencer {
  /**
   * @template {{ path: string }} Spec
   * @param {Spec[]} tests
   * @returns {Promise<Spec[]>}
   */
  async sort(tests) {
    const sorted = /** @type {Spec[]} */ (await super.sort(/** @type {never} */ (tests)));
    return sorted.sort((one, other) => rank(one) - rank(other));
  }
}

/** @param {{ path: string }} test */
function rank({ path }) {
  const place = LONGEST.findIndex((part) => path.includes(`/${part}`));
  return place < 0 ? LONGEST.length : place;
}
