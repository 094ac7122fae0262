import { Controller, Get, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { modelMap } from '../../src/generated/model-map.js';
import { SCOPE_ARGUMENTS } from '../../src/platform/database/database.module.js';
import { DatabaseWallCheck } from '../../src/platform/database/database-wall.check.js';
import {
  joinScopes,
  PublicRoute,
  RequireRole,
  scopePolicy,
  TenancyModule,
  WithoutOrganization,
} from '../../src/tenancy/index.js';
import { WebSocketGateway } from '@nestjs/websockets';
import { ScratchDatabase } from '../support/scratch-database.js';
import { TestApp } from '../support/test-app.js';

@Controller('declared')
class DeclaredController {
  @Get('public')
  @PublicRoute()
  everybody(): void {}
  @Get('actor')
  @WithoutOrganization()
  actors(): void {}
  @Get('member')
  @RequireRole('MEMBER')
  members(): void {}
}

@Controller('forgotten')
class ForgottenController {
  @Get()
  forgotten(): void {}
}

@WebSocketGateway({ namespace: '/forgotten' })
class ForgottenGateway {}

describe('the start', () => {
  const startWith = async (controller: new () => object) => {
    @Module({ imports: [TenancyModule], controllers: [controller] })
    class Routes {}
    const module = await Test.createTestingModule({ imports: [Routes] }).compile();
    const nest = module.createNestApplication({ logger: false });
    await nest.init();
    await nest.close();
  };

  it('refuses a gateway that is neither bound to an organization nor declared public', async () => {
    @Module({ providers: [ForgottenGateway] })
    class Gateways {}
    const starting = TestApp.start({ modules: [Gateways] });
    await expect(starting).rejects.toThrow(/ForgottenGateway.*OrganizationAwareGateway/);
  });

  it('S3-3 refuses a route that does not say who may call it', async () => {
    await expect(startWith(DeclaredController)).resolves.toBeUndefined();
    await expect(startWith(ForgottenController)).rejects.toThrow(/ForgottenController\.forgotten.*@RequireRole/);
  });

  it('S3-2 refuses a model without a declared scope, and names it', () => {
    const { Business: _business, ...incomplete } = scopePolicy;
    expect(() => joinScopes(modelMap, scopePolicy)).not.toThrow();
    expect(() => joinScopes(modelMap, incomplete)).toThrow(/No scope is declared for: Business\b/);
  });

  describe('behind the database', () => {
    let database: ScratchDatabase;

    beforeAll(async () => {
      database = await ScratchDatabase.create({ isMigrated: true });
    });
    afterAll(async () => await database.drop());

    const start = async (environment: NodeJS.ProcessEnv = {}) => {
      const app = await TestApp.start({ environment: { ...database.environment, ...environment } });
      await app.http().get('/api/health/ready').expect(200);
      await app.stop();
    };
    const withChange = async (change: string, undo: string, check: () => Promise<void>) => {
      await database.ask(change);
      try {
        await check();
      } finally {
        await database.ask(undo);
      }
    };

    it('S3-6 succeeds with restricted roles and all policies', async () => {
      await expect(start()).resolves.toBeUndefined();
    });

    it.each([
      ['a superuser', 'TEST_ADMIN_DATABASE_URL', /bypasses row level security/],
      ['a role that bypasses policies', 'DATABASE_SYSTEM_URL', /bypasses row level security/],
      ['the owner of the tables', 'DATABASE_OWNER_URL', /owns tables/],
    ])('refuses %s as the app role', async (_who, variable, message) => {
      const url = new URL(process.env[variable] as string);
      url.pathname = database.name;
      await expect(start({ DATABASE_URL: url.href })).rejects.toThrow(message);
    });

    it('S3-6 refuses a table whose policy is missing, or not forced', async () => {
      const restore = `SELECT isolate_by_organization('businesses')`;
      await withChange('DROP POLICY app_organization ON businesses', restore, async () => {
        await expect(start()).rejects.toThrow('businesses has no restrictive policy app_organization');
      });
      await withChange(
        'ALTER TABLE clients NO FORCE ROW LEVEL SECURITY',
        `SELECT isolate_by_organization('clients')`,
        async () => {
          await expect(start()).rejects.toThrow('not enabled and forced on clients');
        },
      );
      await expect(start()).resolves.toBeUndefined();
    });

    it('refuses a database that was not migrated, and says how', async () => {
      const empty = await ScratchDatabase.create();
      await expect(start(empty.environment)).rejects.toThrow(
        /The table organizations .* is missing: run npm run cli -- db:migrate/,
      );
      await empty.drop();
    });

    it('S3-6 C2 goes without the policies when ENABLE_POSTGRESQL_RLS is false', async () => {
      await withChange(
        'DROP POLICY app_organization ON businesses',
        `SELECT isolate_by_organization('businesses')`,
        async () => {
          await expect(start({ ENABLE_POSTGRESQL_RLS: 'false' })).resolves.toBeUndefined();
        },
      );
    });

    it('refuses an isolated client that mixes organizations', async () => {
      const override = (
        builder: Parameters<NonNullable<Parameters<typeof TestApp.start>[0]>['override'] & object>[0],
      ) =>
        builder
          .overrideProvider(SCOPE_ARGUMENTS)
          .useValue((_model: string, _operation: string, args: unknown) => args ?? {});
      await expect(TestApp.start({ environment: database.environment, override })).rejects.toThrow(
        'self-test of the isolated client failed',
      );
    });

    it('can be asked again at any time', async () => {
      const app = await TestApp.start({ environment: database.environment });
      await expect(app.get(DatabaseWallCheck).verify()).resolves.toBeUndefined();
      await app.stop();
    });
  });
});
