// @ts-check
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateFile } from './private-file.mjs';
import { withProcessLock } from './process-lock.mjs';
import { StartupProblem } from './startup-problem.mjs';

/** @type {Record<string, () => string>} */
const generators = {
  JWT_SECRET: () => randomBytes(48).toString('base64url'),
  ENCRYPTION_KEY: () => randomBytes(32).toString('base64'),
  METRICS_TOKEN: () => randomBytes(24).toString('base64url'),
};

/**
 * Returns the secrets of development and test as environment variables: what the environment sets already, else what
 * was generated once for this data folder.
 * @param {{ dataDir: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<Record<string, string>>}
 */
export async function loadDevelopmentSecrets({ dataDir, env }) {
  const path = join(dataDir, 'secrets.json');
  const stored = hasAll(readSecrets(path)) ? readSecrets(path) : await generateMissing(path);
  // Its file is the other way to give a secret.
  const names = Object.keys(generators).filter((name) => !env[`${name}_FILE`]);
  return Object.fromEntries(names.map((name) => [name, env[name] || String(stored[name])]));
}

/** @param {string} path */
async function generateMissing(path) {
  return withProcessLock(`${path}.lock`, async () => {
    const stored = readSecrets(path);
    for (const [name, generate] of Object.entries(generators)) stored[name] ||= generate();
    writePrivateFile(path, `${JSON.stringify(stored, null, 2)}\n`);
    return stored;
  });
}

/** @param {Record<string, string>} secrets */
function hasAll(secrets) {
  return Object.keys(generators).every((name) => secrets[name]);
}

/**
 * @param {string} path
 * @returns {Record<string, string>}
 */
function readSecrets(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return {};
    throw new StartupProblem(
      `${path} cannot be read. Correct or restore it; without it, data encrypted with its key is lost.`,
      { cause: error },
    );
  }
}
