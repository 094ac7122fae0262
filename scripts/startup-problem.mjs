// @ts-check

/** Something that the reader can put right: printed as it stands, without a stack. */
export class StartupProblem extends Error {
  /**
   * @param {string} message what happened and what to do next
   * @param {ErrorOptions} [options]
   */
  constructor(message, options) {
    super(message, options);
    this.name = 'StartupProblem';
  }
}

/**
 * Prints why a script ends and lets it end with exit code 1.
 * @param {unknown} error
 */
export function failWith(error) {
  const text = error instanceof StartupProblem ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`\n${text}\n`);
  process.exitCode = 1;
}
