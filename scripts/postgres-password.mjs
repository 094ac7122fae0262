// @ts-check
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateFile } from './private-file.mjs';

export const SUPERUSER = 'postgres';

/**
 * Returns the URL under which the superuser logs in to an embedded server.
 * @param {{ dataDir: string, port: number }} server
 */
export function readAdminUrl({ dataDir, port }) {
  return `postgresql://${SUPERUSER}:${readPassword(dataDir)}@127.0.0.1:${port}/postgres`;
}

/** @param {string} dataDir */
export function readPassword(dataDir) {
  return readFileSync(passwordPath(dataDir), 'utf8').trim();
}

/** @param {string} dataDir */
export function hasPassword(dataDir) {
  return existsSync(passwordPath(dataDir));
}

/** @param {string} dataDir */
export function createPassword(dataDir) {
  writePrivateFile(passwordPath(dataDir), `${randomBytes(24).toString('base64url')}\n`);
}

/** @param {string} dataDir */
export function passwordPath(dataDir) {
  return join(dataDir, 'postgres-password');
}
