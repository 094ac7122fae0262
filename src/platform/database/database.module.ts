import { Global, Logger, Module } from '@nestjs/common';
import { modelMap } from '../../generated/model-map.js';
import {
  createScopeArguments,
  joinScopes,
  OrganizationContextService,
  scopePolicy,
  type ScopeArguments,
} from '../../tenancy/index.js';
import { Configuration } from '../config/configuration.js';
import { BatchSql } from './batch-sql.js';
import { createContextLookup } from './context-lookup.js';
import { DatabasePools } from './database-pools.js';
import { DatabaseSignals } from './database-signals.js';
import { DatabaseWallCheck } from './database-wall.check.js';
import { IdentityDatabase } from './identity-database.js';
import { createIsolatedClient, ISOLATED_CLIENT, type IsolatedClient } from './isolated-client.js';
import { createOrganizationDatabase, OrganizationDatabase } from './organization-database.js';
import { MigrationService } from './migration.service.js';
import { OrganizationPurge } from './organization-purge.js';
import { OrganizationSql } from './organization-sql.js';
import { ProductSql } from './product-sql.js';
import { SystemDatabase } from './system-database.js';
import { TransactionService } from './transaction.service.js';

/** Token of the first wall's rewriter, so that the mutation tests can take it out. */
export const SCOPE_ARGUMENTS = Symbol('scope arguments');

@Global()
@Module({
  providers: [
    BatchSql,
    DatabasePools,
    DatabaseSignals,
    DatabaseWallCheck,
    IdentityDatabase,
    MigrationService,
    OrganizationPurge,
    OrganizationSql,
    ProductSql,
    SystemDatabase,
    TransactionService,
    { provide: SCOPE_ARGUMENTS, useFactory: () => createScopeArguments(joinScopes(modelMap, scopePolicy)) },
    {
      provide: ISOLATED_CLIENT,
      inject: [DatabasePools, OrganizationContextService, Configuration, SCOPE_ARGUMENTS],
      useFactory: (
        pools: DatabasePools,
        contexts: OrganizationContextService,
        configuration: Configuration,
        scopeArguments: ScopeArguments,
      ): IsolatedClient =>
        createIsolatedClient({
          pool: pools.app,
          models: modelMap,
          scopeArguments,
          isNamed: configuration.get('DATABASE_CONTEXT_MODE') === 'named',
          contextOf: createContextLookup(contexts, configuration, new Logger('Tenancy')),
        }),
    },
    {
      provide: OrganizationDatabase,
      inject: [TransactionService],
      useFactory: (transactions: TransactionService) => createOrganizationDatabase(Object.keys(modelMap), transactions),
    },
  ],
  exports: [
    BatchSql,
    DatabasePools,
    DatabaseSignals,
    DatabaseWallCheck,
    MigrationService,
    IdentityDatabase,
    OrganizationDatabase,
    OrganizationPurge,
    OrganizationSql,
    ProductSql,
    SystemDatabase,
    TransactionService,
  ],
})
export class DatabaseModule {}
