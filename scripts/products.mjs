// @ts-check
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import util from 'node:util';
import { checkoutFolder } from './checkout.mjs';
import { StartupProblem } from './startup-problem.mjs';

/** The port of each product, unless PORT in its own file says another. */
export const PORTS = { bestays: '8011', realestate: '8012' };

/**
 * Returns what a start of the product sets: what its file says, then the file of both; the environment wins over files.
 * @param {string | undefined} product
 * @param {NodeJS.ProcessEnv} env
 * @returns {Record<string, string>}
 * @throws {StartupProblem} if there is no such product
 */
export function selectProduct(product, env) {
  if (product !== 'bestays' && product !== 'realestate') {
    throw new StartupProblem(`"${product ?? ''}" is none of the products: ${Object.keys(PORTS).join(', ')}.`);
  }
  const files = { ...read('.env.shared'), ...read(`.env.${product}`) };
  const given = Object.fromEntries(Object.entries(files).filter(([name, value]) => value !== '' && !env[name]));
  // The environment's PORT is not asked: with two products it would be one port for both.
  return { ...given, PORT: files['PORT'] || PORTS[product], PRODUCT: product };
}

/**
 * @param {string} name
 * @returns {Record<string, string | undefined>}
 */
function read(name) {
  try {
    const text = readFileSync(join(checkoutFolder, name), 'utf8');
    if (!util.parseEnv) throw new StartupProblem(`Node 20.12 or a later one is needed to read ${name}.`);
    return util.parseEnv(text);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return {};
    throw error;
  }
}
