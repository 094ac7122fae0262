// @ts-check

/** Closes a run with one plain line that any tool can read: `12 passed, 0 failed, 0 skipped`. */
export default class SummaryReporter {
  /**
   * @param {unknown} _contexts
   * @param {import('@jest/reporters').AggregatedResult} results
   */
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numPendingTests, numTodoTests }) {
    process.stdout.write(
      `${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests + numTodoTests} skipped\n`,
    );
  }
}
