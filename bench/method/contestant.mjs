// @ts-check
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { spawnLaunched } from '../../scripts/launched-process.mjs';

const STOP_WITHIN_MS = 10_000;

/**
 * A process of its own for one thing that is measured: its garbage and its optimizations are nobody else's.
 * It answers one request at a time; see serve-contestant.mjs for the other end. BENCH_PROFILES names a folder for processor
 * profiles of all of them.
 */
export class Contestant {
  /** @type {Array<(reply: { value?: unknown, problem?: string }) => void>} */
  #waiting = [];
  #process;
  #exited;

  /**
   * @param {string} name for messages
   * @param {string} script name of a file in bench/systems
   * @param {NodeJS.ProcessEnv} env
   */
  constructor(name, script, env) {
    this.name = name;
    const path = fileURLToPath(new URL(`../systems/${script}`, import.meta.url));
    const folder = process.env.BENCH_PROFILES;
    const profiling = folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : [];
    this.#process = spawnLaunched(process.execPath, ['--expose-gc', '--no-warnings', ...profiling, path], {
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    this.#exited = once(this.#process, 'exit');
    this.#process.on('message', (reply) => this.#waiting.shift()?.(/** @type {{}} */ (reply)));
    const fail = (/** @type {string} */ problem) => {
      for (const answer of this.#waiting.splice(0)) answer({ problem });
    };
    this.#process.on('error', (error) => fail(error.message));
    this.#process.once('exit', (code, signal) =>
      fail(`its process has ended (${signal ?? code}); see above for the reason`),
    );
  }

  get pid() {
    if (this.#process.pid === undefined) throw new Error(`The process of ${this.name} did not start.`);
    return this.#process.pid;
  }

  /**
   * Sends a request and waits for the answer.
   * @param {string} action
   * @param {object} [details]
   * @returns {Promise<any>}
   */
  ask(action, details = {}) {
    return new Promise((resolve, reject) => {
      this.#waiting.push(({ value, problem }) =>
        problem === undefined ? resolve(value) : reject(new Error(`${this.name}: ${problem}`)),
      );
      this.#process.send({ action, ...details });
    });
  }

  async stop() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_WITHIN_MS);
    this.#process.disconnect();
    await this.#exited;
    clearTimeout(timer);
  }
}
