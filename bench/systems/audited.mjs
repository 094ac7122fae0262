// @ts-check
// Reads as the product does them, with and without the audit log, each in the context of the organization that owns the row.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuditModule } from '../../dist/features/audit/audit.module.js';
import { AuditService } from '../../dist/features/audit/audit.service.js';
import { ConfigModule } from '../../dist/platform/config/config.module.js';
import { DatabaseModule } from '../../dist/platform/database/database.module.js';
import { DatabaseWallCheck } from '../../dist/platform/database/database-wall.check.js';
import { OrganizationSql } from '../../dist/platform/database/organization-sql.js';
import { TransactionService } from '../../dist/platform/database/transaction.service.js';
import { RedisModule } from '../../dist/platform/redis/redis.module.js';
import { createContext, OrganizationContextService, TenancyModule } from '../../dist/tenancy/index.js';
import { PRODUCT } from '../data/dataset.mjs';
import { PLAIN_INSERT, READ_BY_SQL } from './operations.mjs';
import { serveSystem } from './serve-system.mjs';

class BenchmarkedModule {}
Module({ imports: [TenancyModule, ConfigModule, DatabaseModule, RedisModule, AuditModule] })(BenchmarkedModule);

serveSystem(async (targets) => {
  const app = await NestFactory.createApplicationContext(BenchmarkedModule, { logger: ['error', 'warn'] });
  await app.get(DatabaseWallCheck).verify();
  const contexts = app.get(OrganizationContextService);
  const sql = app.get(OrganizationSql);
  const audit = app.get(AuditService);
  const transactions = app.get(TransactionService);
  const known = new Map(targets.map(({ organizationId }) => [organizationId, contextOf(organizationId)]));

  /**
   * @template Result
   * @param {string} organizationId
   * @param {() => Promise<Result>} work
   */
  const inside = (organizationId, work) =>
    contexts.run(/** @type {ReturnType<typeof contextOf>} */ (known.get(organizationId)), work);
  /** @param {string} entityId */
  const record = (entityId) =>
    audit.record({ action: 'business.read', entity: 'Business', entityId, fields: ['name'] });

  return {
    readUnaudited: ({ organizationId, id }) => inside(organizationId, async () => (await sql.read(READ_BY_SQL, id))[0]),
    readAudited: ({ organizationId, id }) =>
      inside(organizationId, async () => {
        const [row] = await sql.read(READ_BY_SQL, id);
        await record(id);
        return row;
      }),
    readWithInsert: ({ organizationId, id }) =>
      inside(organizationId, async () => {
        const [row] = await sql.read(READ_BY_SQL, id);
        await sql.read(PLAIN_INSERT, PRODUCT, randomUUID(), randomUUID(), id);
        return row;
      }),
    record: ({ organizationId, id }) =>
      inside(organizationId, async () => {
        await record(id);
        return { count: 1 };
      }),
    recordAlone: ({ organizationId, id }) =>
      inside(organizationId, async () => {
        await transactions.run(() => record(id));
        return { count: 1 };
      }),
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
