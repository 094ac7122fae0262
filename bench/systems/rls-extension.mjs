// @ts-check
// The usual way: prisma-extension-rls, which wraps each operation in a transaction that sets the organization first.
import 'reflect-metadata';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { statementName } from '../../dist/platform/database/statement-names.js';
import { PRODUCT } from '../data/dataset.mjs';
import { serveSystem } from './serve-system.mjs';

const generatedClient = new URL('../../dist/generated/prisma/client.js', import.meta.url);

// The extension looks for the client where Prisma generated it before version 7.
registerHooks({
  resolve: (specifier, context, next) => {
    const isFromPeer = context.parentURL?.includes('/prisma-extension-rls/') ?? false;
    return next(isFromPeer && specifier === '@prisma/client' ? fileURLToPath(generatedClient) : specifier, context);
  },
});
const { PrismaClient } = await import(generatedClient.href);
const { rlsExtension } = await import('../peers/node_modules/prisma-extension-rls/dist/index.js');

serveSystem(async () => {
  const { DATABASE_URL: connectionString, DATABASE_POOL_SIZE: size } = process.env;
  const pool = new pg.Pool({ connectionString, max: Number(size) });
  // Named statements as the other systems have them; without, this one would be slower still.
  const adapter = new PrismaPg(pool, { statementNameGenerator: ({ sql }) => statementName(sql) });
  const client = new PrismaClient({ adapter, errorFormat: 'minimal' }).$extends(rlsExtension);

  /** @param {string} organizationId */
  const settings = (organizationId) => ({ 'app.product': PRODUCT, 'app.organization_id': organizationId });

  return {
    findFirst: ({ organizationId, id }) => client.business.$rls(settings(organizationId)).findFirst({ where: { id } }),
  };
});
