// @ts-check
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { checkoutFolder } from '../../scripts/checkout.mjs';

/** @typedef {ReturnType<typeof describeMachine>} Machine */

/**
 * Returns what the figures depend on, without names or paths.
 * @param {string} postgresVersion
 */
export function describeMachine(postgresVersion) {
  return {
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
    postgres: postgresVersion,
    prisma: versionOf('@prisma/client'),
    pg: versionOf('pg'),
    nest: versionOf('@nestjs/core'),
  };
}

/** @param {string} name */
function versionOf(name) {
  return String(JSON.parse(readFileSync(join(checkoutFolder, 'node_modules', name, 'package.json'), 'utf8')).version);
}
