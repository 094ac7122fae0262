// @ts-check
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { checkoutFolder } from '../../scripts/checkout.mjs';

/** @typedef {ReturnType<typeof describeMachine>} Machine */

/**
 * Returns what the figures depend on, without names or paths.
 * @param {string} postgresVersion
 * @param {string} [redis] see {@link describeRedis}
 */
export function describeMachine(postgresVersion, redis) {
  return {
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
    postgres: postgresVersion,
    redis,
    prisma: versionOf('@prisma/client'),
    pg: versionOf('pg'),
    nest: versionOf('@nestjs/core'),
  };
}

/**
 * Returns which server speaks Redis, and whether it is the one in WebAssembly, whose commands cost many times as much.
 * @param {string} url
 */
export async function describeRedis(url) {
  const client = new Redis(url);
  const facts = new Map(
    (await client.info('server')).split('\r\n').map((line) => /** @type {[string, string]} */ (line.split(':'))),
  );
  client.disconnect();
  const valkey = facts.get('valkey_version');
  const name = valkey ? `Valkey ${valkey}` : `Redis ${facts.get('redis_version')}`;
  return facts.get('arch_bits') === '32' ? `${name} in WebAssembly` : name;
}

/** @param {string} name */
function versionOf(name) {
  return String(JSON.parse(readFileSync(join(checkoutFolder, 'node_modules', name, 'package.json'), 'utf8')).version);
}
