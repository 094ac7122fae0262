// @ts-check
// The product: its modules, composed as in the application, each call in the context of the organization that owns the row.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigModule } from '../../dist/platform/config/config.module.js';
import { DatabaseModule } from '../../dist/platform/database/database.module.js';
import { DatabaseWallCheck } from '../../dist/platform/database/database-wall.check.js';
import { OrganizationDatabase } from '../../dist/platform/database/organization-database.js';
import { OrganizationSql } from '../../dist/platform/database/organization-sql.js';
import { TransactionService } from '../../dist/platform/database/transaction.service.js';
import { createContext, OrganizationContextService, TenancyModule } from '../../dist/tenancy/index.js';
import { PRODUCT } from '../data/dataset.mjs';
import { CHANGE, newBusiness, READ_BY_SQL } from './operations.mjs';
import { serveSystem } from './serve-system.mjs';

class BenchmarkedModule {}
Module({ imports: [TenancyModule, ConfigModule, DatabaseModule] })(BenchmarkedModule);

serveSystem(async (targets) => {
  const app = await NestFactory.createApplicationContext(BenchmarkedModule, { logger: ['error', 'warn'] });
  await app.get(DatabaseWallCheck).verify();
  const contexts = app.get(OrganizationContextService);
  const sql = app.get(OrganizationSql);
  /** @type {import('../../src/generated/prisma/client.js').PrismaClient} */
  const { business } = app.get(OrganizationDatabase);
  const transactions = app.get(TransactionService);
  const known = new Map(targets.map(({ organizationId }) => [organizationId, contextOf(organizationId)]));

  /**
   * Entering the context counts: the product enters it once per request, here once per call.
   * @template Result
   * @param {string} organizationId
   * @param {() => Promise<Result>} work
   */
  const inside = (organizationId, work) =>
    contexts.run(/** @type {ReturnType<typeof contextOf>} */ (known.get(organizationId)), work);

  return {
    readBySql: ({ organizationId, id }) => inside(organizationId, async () => (await sql.read(READ_BY_SQL, id))[0]),
    findFirst: ({ organizationId, id }) => inside(organizationId, () => business.findFirst({ where: { id } })),
    findUnique: ({ organizationId, id }) =>
      inside(organizationId, () => business.findUnique({ where: { organizationId_id: { organizationId, id } } })),
    count: ({ organizationId }) => inside(organizationId, () => business.count({ where: { isActive: true } })),
    create: ({ organizationId }) => inside(organizationId, () => business.create({ data: newBusiness() })),
    updateMany: ({ organizationId, id }) =>
      inside(organizationId, () => business.updateMany({ where: { id }, data: CHANGE })),
    transaction: ({ organizationId, id }) =>
      inside(organizationId, () =>
        transactions.run(async () => {
          await business.findFirst({ where: { id } });
          await business.updateMany({ where: { id }, data: CHANGE });
          return await business.findFirst({ where: { id } });
        }),
      ),
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
