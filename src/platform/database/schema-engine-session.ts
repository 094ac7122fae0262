import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm';
import pg from 'pg';

// Prisma's own migration engine as WebAssembly: the same tables, checksums and diffs as `prisma migrate`, without the
// binary that the command downloads. See docs/decisions/2026-11-21-migrations-on-webassembly.md.
type MigrationList = Parameters<SchemaEngine['applyMigrations']>[0]['migrationsList'];
interface EngineModule {
  readonly SchemaEngine: typeof SchemaEngine;
  __wbg_set_wasm(exports: unknown): void;
}
// TypeScript knows WebAssembly from the browser's types only.
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<{ readonly exports: { __wbindgen_start(): void } }>;
};

const NO_FILTERS = { externalTables: [], externalEnums: [] };
const require = createRequire(import.meta.url);

/** Where the schema and its migrations are. */
export interface SchemaFiles {
  readonly schema: string;
  readonly migrations: string;
}

/** Drives the engine against one database, as the owner of its tables. */
export class SchemaEngineSession {
  private constructor(
    private readonly engine: SchemaEngine,
    private readonly pool: CatalogPool,
    private readonly files: SchemaFiles,
  ) {}

  static async open(ownerUrl: string, files: SchemaFiles, lockTimeoutMs: number): Promise<SchemaEngineSession> {
    const pool = new CatalogPool({ connectionString: ownerUrl, max: 2, options: `-c lock_timeout=${lockTimeoutMs}` });
    try {
      const schema = await readFile(files.schema, 'utf8');
      const engineModule = await loadEngine();
      const adapter = bindMigrationAwareSqlAdapterFactory(new EngineAdapterFactory(pool));
      const engine = await engineModule.SchemaEngine.new(
        { datamodels: [[files.schema, schema]] },
        () => undefined,
        adapter,
      );
      return new SchemaEngineSession(engine, pool, files);
    } catch (error) {
      await pool.end();
      throw error;
    }
  }

  /**
   * Applies what is missing, in order.
   * @returns the names of the migrations that were applied
   * @throws the database's own error if a migration fails
   */
  async applyMigrations(): Promise<string[]> {
    try {
      const input = { migrationsList: await this.list(), filters: NO_FILTERS };
      return (await this.engine.applyMigrations(input)).appliedMigrationNames;
    } catch (error) {
      throw this.pool.scriptError ?? error;
    }
  }

  /** Compares the migrations with what the database says was applied. */
  async diagnose() {
    return await this.engine.diagnoseMigrationHistory({
      migrationsList: await this.list(),
      optInToShadowDatabase: false,
      filters: NO_FILTERS,
    });
  }

  /** Takes back the mark of a migration that broke off, so that it is applied again. */
  async forgetFailed(migrationName: string): Promise<void> {
    await this.engine.markMigrationRolledBack({ migrationName });
  }

  /** Counts a migration as applied without running it: for a database that has its tables already. */
  async markApplied(migrationName: string): Promise<void> {
    await this.engine.markMigrationApplied({ migrationName, migrationsList: await this.list() });
  }

  /** Returns the SQL that leads from the database as it is to the Prisma schema. */
  async diff(): Promise<string> {
    const schema = { path: this.files.schema, content: await readFile(this.files.schema, 'utf8') };
    const configDir = dirname(this.files.schema);
    const { stdout } = await this.engine.diff({
      from: { tag: 'schemaDatasource', files: [schema], configDir },
      to: { tag: 'schemaDatamodel', files: [schema] },
      script: true,
      exitCode: null,
      filters: NO_FILTERS,
    });
    return stdout ?? '';
  }

  async close(): Promise<void> {
    this.engine.free();
    await this.pool.end();
  }

  private async list(): Promise<MigrationList> {
    const { migrations } = this.files;
    const entries = await readdir(migrations, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    const lockfile = await readFile(join(migrations, 'migration_lock.toml'), 'utf8');
    return {
      baseDir: migrations,
      lockfile: { path: 'migration_lock.toml', content: lockfile },
      shadowDbInitScript: '',
      migrationDirectories: await Promise.all(
        names.sort().map(async (name) => ({
          path: relative(migrations, join(migrations, name)),
          migrationFile: {
            path: 'migration.sql',
            content: { tag: 'ok' as const, value: await readFile(join(migrations, name, 'migration.sql'), 'utf8') },
          },
        })),
      ),
    };
  }
}

/**
 * PrismaPg as the engine needs it.
 * - A migration is sent as one message, which PostgreSQL runs as one transaction: it is applied whole or not at all.
 *   PrismaPg itself splits scripts at every semicolon, also inside function bodies.
 * - The catalogue's `"char"` columns, a type that PrismaPg refuses, are read as characters.
 */
class EngineAdapterFactory extends PrismaPg {
  constructor(private readonly pool: CatalogPool) {
    super(pool);
  }

  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await super.connect();
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.executeScript = async (script) => {
      this.pool.scriptError = undefined;
      await this.pool.query(script).catch((error: unknown) => {
        this.pool.scriptError = error;
        throw error;
      });
    };
    adapter.queryRaw = async (query) => {
      const result = await queryRaw(query);
      for (const column of this.pool.characterColumns.get(result.rows) ?? []) {
        result.columnTypes[column] = ColumnTypeEnum.Character;
      }
      return result;
    };
    return adapter;
  }
}

const CHAR_OID = 18;
const TEXT_OID = 25;

/** Gives `"char"` columns out as text, and remembers which they were by the rows that they came with. */
class CatalogPool extends pg.Pool {
  readonly characterColumns = new WeakMap<object, number[]>();
  /** Why the last script failed: the engine itself says only that something did. */
  scriptError: unknown;

  constructor(config: pg.PoolConfig) {
    super(config);
    const query = this.query.bind(this) as (...input: unknown[]) => Promise<Partial<pg.QueryResult>>;
    this.query = (async (...input: unknown[]) => {
      const result = await query(...input);
      const { fields = [], rows = [] } = result;
      const columns = fields.flatMap(({ dataTypeID }, column) => (dataTypeID === CHAR_OID ? [column] : []));
      for (const column of columns) (fields[column] as pg.FieldDef).dataTypeID = TEXT_OID;
      if (columns.length > 0) this.characterColumns.set(rows, columns);
      return result;
    }) as typeof this.query;
  }
}

let loaded: Promise<EngineModule> | undefined;

/** The package expects a bundler to link its WebAssembly; Node has to be shown how. */
function loadEngine(): Promise<EngineModule> {
  loaded ??= (async () => {
    const folder = dirname(require.resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
    const bindings = (await import(join(folder, 'schema_engine_bg.js'))) as EngineModule;
    const module = await WebAssembly.compile(await readFile(join(folder, 'schema_engine_bg.wasm')));
    const instance = await WebAssembly.instantiate(module, { './schema_engine_bg.js': bindings });
    bindings.__wbg_set_wasm(instance.exports);
    instance.exports.__wbindgen_start();
    return bindings;
  })();
  return loaded;
}
