import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { PrismaClient } from '../../generated/prisma/client.js';
import { isolationExtension, type ModelMap, type ScopeArguments, type ScopedContext } from '../../tenancy/index.js';
import { runAsDriver } from './driver-context.js';
import { statementName } from './statement-names.js';

/** Injection token of the isolated Prisma client; private to the database folder. */
export const ISOLATED_CLIENT = Symbol('isolated client');

export interface IsolatedClientOptions {
  readonly pool: pg.Pool;
  readonly models: ModelMap;
  readonly scopeArguments: ScopeArguments;
  readonly contextOf: (model: string, operation: string) => ScopedContext;
  /** False for poolers that do not follow prepared statements. */
  readonly isNamed: boolean;
}

/**
 * Builds the Prisma client that reaches one organization at a time.
 * @remarks The type stays PrismaClient's: the extension changes arguments, not what comes back.
 */
export function createIsolatedClient(options: IsolatedClientOptions): PrismaClient {
  const adapter = new PrismaPg(options.pool, {
    statementNameGenerator: options.isNamed ? ({ sql }) => statementName(sql) as string : undefined,
  });
  const client = new PrismaClient({ adapter, errorFormat: 'minimal' });
  const extended = client.$extends(
    isolationExtension({
      contextOf: options.contextOf,
      models: options.models,
      scopeArguments: options.scopeArguments,
      enterDriver: (context, work) =>
        runAsDriver(
          { product: context.product, organizationId: context.organizationId, actorId: context.actor.id ?? '' },
          work,
        ),
    }),
  );
  return extended as unknown as PrismaClient;
}

export type IsolatedClient = PrismaClient;
export type IsolatedTransaction = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0];
