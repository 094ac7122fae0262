// @ts-check
import { pathToFileURL } from 'node:url';
import JestRuntime from 'jest-runtime';

/** @type {Map<string, LastingRuntime>} by project */
const living = new Map();

/**
 * Loads the application and its packages once for all test files of a jest worker, as a process of production does.
 * Jest would load all of it for each file, which would then start the application with cold code.
 * NOTE: Private parts of jest-runtime 30.5; without `runtime` and `testEnvironment` in jest.config.ts all works, slower.
 */
export default class LastingRuntime extends JestRuntime {
  isLasting = false;

  /** @param {ConstructorParameters<typeof JestRuntime>} parameters */
  constructor(...parameters) {
    const [{ id }, environment, , , , , testPath] = parameters;
    const first = living.get(id);
    if (first) return first.begin(testPath);
    super(...parameters);
    if (!environment.isLasting) return;
    this.isLasting = true;
    living.set(id, this);
  }

  /** @param {string} testPath */
  begin(testPath) {
    this._testPath = testPath;
    this.testState.state = 'loading';
    return this;
  }

  /** Forgets the file and the framework that ran it, and keeps what they loaded. */
  teardown() {
    if (!this.isLasting) return super.teardown();
    this.restoreAllMocks();
    this.registries.internalModuleRegistry.clear();
    this.registries.esModuleRegistry.delete(pathToFileURL(this._testPath).href);
    this.jestGlobals.clearJestObjectCache();
    this.jestGlobals.cachedEnvGlobals = undefined;
    this.fileCache.clear();
    this.testState.leaveTestCode();
  }

  /** @override */
  setMock() {
    throw new Error('Modules are shared by test files, so none can be replaced: pass a fake where it is used instead.');
  }

  /** @override */
  setModuleMock() {
    this.setMock();
  }
}
