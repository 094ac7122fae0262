// @ts-check
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const checkoutFolder = resolve(fileURLToPath(import.meta.url), '../..');

/**
 * Returns the absolute folder that holds data and secrets of the embedded services.
 * @param {NodeJS.ProcessEnv} [env]
 */
export function resolveDataDir(env = process.env) {
  return resolve(checkoutFolder, env['DATA_DIR'] || '.data');
}

/** Reads `.env` of the checkout, if there is one. What the environment already says wins. */
export function loadEnvironmentFile() {
  // Node 20.12 is the first to have it; an older one goes on with Node 24, which reads the file then.
  if (!process.loadEnvFile) return;
  try {
    process.loadEnvFile(resolve(checkoutFolder, '.env'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
  }
}
