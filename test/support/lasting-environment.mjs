// @ts-check
import { TestEnvironment } from 'jest-environment-node';

/** @type {Map<string, LastingEnvironment>} by project */
const living = new Map();

/** One world for all test files of a jest worker; lasting-runtime.mjs says why. Each file gets variables of its own. */
export default class LastingEnvironment extends TestEnvironment {
  isLasting = false;

  /**
   * @param {import('@jest/environment').JestEnvironmentConfig} config
   * @param {import('@jest/environment').EnvironmentContext} context
   */
  constructor(config, context) {
    const { globalConfig, projectConfig } = config;
    const first = living.get(projectConfig.id);
    if (first) return first.begin();
    super(config, context);
    // While jest watches, what was loaded changes between two runs.
    if (globalConfig.watch || globalConfig.watchAll) return;
    this.isLasting = true;
    this.variables = { ...this.global.process.env };
    this.exit = this.global.process.exit;
    living.set(projectConfig.id, this);
  }

  begin() {
    const { process } = this.global;
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, this.variables);
    // Jest wraps it for each file.
    process.exit = /** @type {NodeJS.Process['exit']} */ (this.exit);
    // The framework is loaded anew for each file, and would find the handlers of the last one.
    Reflect.deleteProperty(this.global, Symbol.for('EVENT_HANDLERS'));
    return this;
  }

  /** Jest would empty the world here. */
  async teardown() {
    if (!this.isLasting) return await super.teardown();
    this.fakeTimersModern?.useRealTimers();
    this.global.process.removeAllListeners();
  }
}
