// @ts-check
import { compare } from './compare.mjs';
import { Contestant } from './contestant.mjs';

/**
 * What a suite measures with.
 */
export class Bench {
  /** @type {Contestant[]} */
  #contestants = [];

  /**
   * @param {object} options
   * @param {NodeJS.ProcessEnv} options.env of every process that is measured
   * @param {string} options.adminUrl of the database administrator
   * @param {import('../../scripts/progress.mjs').Report} options.report
   * @param {{ rounds?: number, seconds?: number }} options.overrides of the command line
   * @param {(() => import('./processor-time.mjs').ProcessorTime) | undefined} options.readProcessorTime
   */
  constructor({ env, adminUrl, report, overrides, readProcessorTime }) {
    this.env = env;
    this.adminUrl = adminUrl;
    this.report = report;
    this.overrides = overrides;
    this.readProcessorTime = readProcessorTime;
  }

  /**
   * Starts a process to be measured; it ends with the suite.
   * @param {string} name
   * @param {string} script
   * @param {NodeJS.ProcessEnv} env
   */
  start(name, script, env) {
    const contestant = new Contestant(name, script, env);
    this.#contestants.push(contestant);
    return contestant;
  }

  /** @param {import('./compare.mjs').Comparison} comparison */
  async compare(comparison) {
    return await compare({ ...comparison, ...this.overrides }, this);
  }

  async stop() {
    await Promise.all(this.#contestants.splice(0).map((contestant) => contestant.stop()));
  }
}
