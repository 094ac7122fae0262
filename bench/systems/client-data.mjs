// @ts-check
// The product's way to client data: store, cache and loading statement, composed as in the application.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { ClientDataRepository } from '../../dist/features/client-data/client-data.repository.js';
import { ClientDataStore } from '../../dist/features/client-data/client-data-store.js';
import { readClient } from '../../dist/features/client-data/client-data.format.js';
import { ClientRepository } from '../../dist/features/client-data/client.repository.js';
import { CacheKey } from '../../dist/platform/cache/cache-key.js';
import { CacheModule } from '../../dist/platform/cache/cache.module.js';
import { ConfigModule } from '../../dist/platform/config/config.module.js';
import { DatabaseModule } from '../../dist/platform/database/database.module.js';
import { createContext, OrganizationContextService, TenancyModule } from '../../dist/tenancy/index.js';
import { PRODUCT } from '../data/dataset.mjs';
import { serveSystem } from './serve-system.mjs';

const EVERYTHING = { providers: /** @type {any} */ (['GOOGLE_ANALYTICS', 'SEARCH_CONSOLE']), hasProjects: true };
const READERS = 1_000;
const SLOW_LOAD_MS = 20;

class BenchmarkedModule {}
Module({
  imports: [TenancyModule, ConfigModule, DatabaseModule, CacheModule],
  providers: [ClientDataRepository, ClientDataStore, ClientRepository],
})(BenchmarkedModule);

serveSystem(async (targets) => {
  const app = await NestFactory.createApplicationContext(BenchmarkedModule, { logger: ['error', 'warn'] });
  const contexts = app.get(OrganizationContextService);
  const store = app.get(ClientDataStore);
  const repository = app.get(ClientDataRepository);
  const load = repository.load.bind(repository);
  const redis = new Redis(/** @type {string} */ (process.env['REDIS_URL']));
  const known = new Map(targets.map(({ organizationId }) => [organizationId, contextOf(organizationId)]));

  /**
   * @template Result
   * @param {string} organizationId
   * @param {() => Promise<Result>} work
   */
  const inside = (organizationId, work) =>
    contexts.run(/** @type {ReturnType<typeof contextOf>} */ (known.get(organizationId)), work);
  const find = async (/** @type {string} */ id) => (await store.find(id, EVERYTHING)).client;
  const loadOne = async (/** @type {string} */ id) => {
    const text = (await load([id], EVERYTHING)).get(id)?.text;
    return text === undefined ? null : readClient(text);
  };

  for (const { organizationId, id } of targets) {
    const text = await inside(organizationId, async () => (await load([id], EVERYTHING)).get(id)?.text);
    await redis.set(`bench:${id}`, /** @type {string} */ (text));
  }
  // The store listens from its first read on.
  const [first] = targets;
  if (first) await inside(first.organizationId, () => find(first.id));
  await delay(1_000);

  /**
   * Reads a client that nothing is kept of, as often as that at the same time.
   * @param {import('../data/targets.mjs').Target} target
   * @param {number} readers
   */
  const readCold = async ({ organizationId, id }, readers) =>
    await inside(organizationId, async () => {
      const { cache } = /** @type {any} */ (store);
      cache.forget(CacheKey.subjectOf({ product: PRODUCT, organizationId }, 'client-data', id));
      repository.load = async (ids, parts) => {
        await delay(SLOW_LOAD_MS);
        return await load(ids, parts);
      };
      try {
        return (await Promise.all(Array.from({ length: readers }, () => find(id)))).at(-1);
      } finally {
        repository.load = load;
      }
    });

  return {
    clientCached: ({ organizationId, id }) => inside(organizationId, () => find(id)),
    clientUncached: ({ organizationId, id }) => inside(organizationId, () => loadOne(id)),
    clientFromRedis: async ({ id }) => readClient(/** @type {string} */ (await redis.get(`bench:${id}`))),
    clientLoadedByOne: async (target) => await readCold(target, 1),
    clientLoadedByThousand: async (target) => await readCold(target, READERS),
  };
});

/** @param {string} organizationId */
function contextOf(organizationId) {
  return createContext({
    product: PRODUCT,
    organizationId,
    actor: { type: 'user', id: randomUUID() },
    role: 'OWNER',
    entryPoint: 'http',
    requestId: randomUUID(),
  });
}
