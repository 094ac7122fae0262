import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Test } from '@nestjs/testing';
import type { PrismaClient } from '../../src/generated/prisma/client.js';
import { ConfigModule } from '../../src/platform/config/config.module.js';
import { Configuration } from '../../src/platform/config/configuration.js';
import { DatabaseModule, SCOPE_ARGUMENTS } from '../../src/platform/database/database.module.js';
import { ISOLATED_CLIENT } from '../../src/platform/database/isolated-client.js';
import { OrganizationDatabase } from '../../src/platform/database/organization-database.js';
import { TransactionService } from '../../src/platform/database/transaction.service.js';
import {
  createContext,
  type OrganizationContext,
  OrganizationContextService,
  type ScopeArguments,
  TenancyModule,
} from '../../src/tenancy/index.js';
import { environmentFor } from './test-environment.js';

export interface Walls {
  /** The query filter of the isolated client. */
  readonly filter: boolean;
  /** Row level security in the database. */
  readonly rowLevelSecurity: boolean;
}

type Token<T> = (abstract new (...parameters: never[]) => T) | symbol;

/** The database layer as the application composes it, with one wall or both taken out; no HTTP. */
export class WalledDatabase {
  private constructor(
    readonly walls: Walls,
    readonly get: <T>(token: Token<T>) => T,
    readonly close: () => Promise<void>,
  ) {}

  static async open(walls: Walls, environment: NodeJS.ProcessEnv = {}): Promise<WalledDatabase> {
    const configuration = Configuration.load({
      ...environmentFor(),
      ENABLE_POSTGRESQL_RLS: String(walls.rowLevelSecurity),
      ...environment,
    });
    const builder = Test.createTestingModule({ imports: [TenancyModule, ConfigModule, DatabaseModule] });
    builder.overrideProvider(Configuration).useValue(configuration);
    if (!walls.filter) builder.overrideProvider(SCOPE_ARGUMENTS).useValue(passThrough);
    const module = await builder.compile();
    return new WalledDatabase(
      walls,
      (token) => module.get(token),
      async () => {
        await module.get<PrismaClient>(ISOLATED_CLIENT).$disconnect();
        await module.close();
      },
    );
  }

  get contexts(): OrganizationContextService {
    return this.get(OrganizationContextService);
  }

  get database(): OrganizationDatabase {
    return this.get(OrganizationDatabase);
  }

  get transactions(): TransactionService {
    return this.get(TransactionService);
  }

  /** Runs `work` in an organization, as a door does. */
  runIn<T>(organizationId: string | null, work: () => T): T {
    return this.contexts.run(buildContext({ organizationId }), work);
  }
}

export function buildContext(facts: Partial<OrganizationContext> = {}): OrganizationContext {
  return createContext({
    product: 'bestays',
    organizationId: randomUUID(),
    actor: { type: 'user', id: randomUUID() },
    role: 'OWNER',
    entryPoint: 'http',
    requestId: randomUUID(),
    ...facts,
  });
}

const passThrough: ScopeArguments = (_model, _operation, args) => (args ?? {}) as Record<string, unknown>;
