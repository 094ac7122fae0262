// @ts-check
// The product's own drivers and settings without any isolation: a role past row level security, no filters, no context.
import 'reflect-metadata';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '../../dist/generated/prisma/client.js';
import { Configuration } from '../../dist/platform/config/configuration.js';
import { DatabasePools } from '../../dist/platform/database/database-pools.js';
import { statementName } from '../../dist/platform/database/statement-names.js';
import { PRODUCT } from '../data/dataset.mjs';
import { CHANGE, newBusiness, READ_BY_SQL } from './operations.mjs';
import { serveSystem } from './serve-system.mjs';

serveSystem(async () => {
  const configuration = Configuration.load({ ...process.env, ENABLE_POSTGRESQL_RLS: 'false' });
  const pool = new DatabasePools(configuration).app;
  const adapter = new PrismaPg(pool, { statementNameGenerator: ({ sql }) => statementName(sql) });
  /** @type {import('../../src/generated/prisma/client.js').PrismaClient} */
  const client = /** @type {any} */ (new PrismaClient({ adapter, errorFormat: 'minimal' }));
  const { business } = client;

  return {
    readBySql: async ({ organizationId, id }) => {
      const { rows } = await pool.query({
        name: statementName(READ_BY_SQL),
        text: READ_BY_SQL,
        values: [organizationId, id],
      });
      return rows[0];
    },
    findFirst: ({ organizationId, id }) => business.findFirst({ where: { organizationId, id } }),
    findUnique: ({ organizationId, id }) =>
      business.findUnique({ where: { organizationId_id: { organizationId, id } } }),
    count: ({ organizationId }) => business.count({ where: { organizationId, isActive: true } }),
    create: ({ organizationId }) => business.create({ data: { ...newBusiness(), organizationId, product: PRODUCT } }),
    updateMany: ({ organizationId, id }) => business.updateMany({ where: { organizationId, id }, data: CHANGE }),
    transaction: ({ organizationId, id }) =>
      client.$transaction(
        async (transaction) => {
          const where = { organizationId, id };
          await transaction.business.findFirst({ where });
          await transaction.business.updateMany({ where, data: CHANGE });
          return await transaction.business.findFirst({ where });
        },
        { maxWait: 1_000, timeout: 10_000 },
      ),
  };
});
