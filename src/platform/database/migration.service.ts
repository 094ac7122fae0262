import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import pg from 'pg';
import { Configuration } from '../config/configuration.js';
import { toDatabaseFault } from '../errors/database-fault.js';
import { type SchemaFiles, SchemaEngineSession } from './schema-engine-session.js';

export interface MigrationStatus {
  readonly pending: readonly string[];
  readonly failed: readonly string[];
  readonly edited: readonly string[];
}

/** A statement waits this long for a lock before it gives way to the application, and is tried again. */
const LOCK_TIMEOUT_MS = 1_000;
const MAX_ATTEMPTS = 10;
const RETRY_DELAY_MS = 500;
/** Any number; the same in every process, so that two do not migrate at once. */
const ADVISORY_LOCK = 7_305_514_927;

/** Brings the database to the schema of this version. */
@Injectable()
export class MigrationService {
  constructor(private readonly configuration: Configuration) {}

  /**
   * Applies what is missing. Safe to repeat, also after it broke off, and in two processes at once.
   * @returns the names of the migrations that were applied
   */
  async migrate(report: (line: string) => void = () => undefined): Promise<string[]> {
    return await this.exclusively(async () => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await this.inSession(async (session) => {
            for (const name of (await session.diagnose()).failedMigrationNames) {
              report(`${name} broke off before; applying it again`);
              await session.forgetFailed(name);
            }
            return await session.applyMigrations();
          });
        } catch (error) {
          if (attempt >= MAX_ATTEMPTS || !isLockTimeout(error)) throw error;
          report(`A lock was taken for more than ${LOCK_TIMEOUT_MS} ms; trying again (${attempt} of ${MAX_ATTEMPTS})`);
          await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS));
        }
      }
    });
  }

  async status(): Promise<MigrationStatus> {
    return await this.inSession(async (session) => {
      const { history, failedMigrationNames, editedMigrationNames } = await session.diagnose();
      const pending = history && 'unappliedMigrationNames' in history ? history.unappliedMigrationNames : [];
      return { pending, failed: failedMigrationNames, edited: editedMigrationNames };
    });
  }

  /** Returns the SQL that is missing for the schema of this version, as a start for the next migration. */
  async diff(): Promise<string> {
    return await this.inSession((session) => session.diff());
  }

  /** Adopts a database that has the tables of a migration already. */
  async markApplied(migrationName: string): Promise<void> {
    await this.exclusively(() => this.inSession((session) => session.markApplied(migrationName)));
  }

  private ownerUrl(): string {
    const url = this.configuration.get('DATABASE_OWNER_URL');
    if (!url) throw new Error('DATABASE_OWNER_URL is not set: migrations run as the owner of the tables.');
    return url;
  }

  private async inSession<T>(work: (session: SchemaEngineSession) => Promise<T>): Promise<T> {
    const session = await SchemaEngineSession.open(this.ownerUrl(), SCHEMA_FILES, LOCK_TIMEOUT_MS);
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  }

  private async exclusively<T>(work: () => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: this.ownerUrl() });
    await client.connect();
    try {
      await client.query('SELECT pg_advisory_lock($1)', [ADVISORY_LOCK]);
      return await work();
    } finally {
      await client.end();
    }
  }
}

// The same two levels up from src and from dist.
const ROOT = join(import.meta.dirname, '..', '..', '..');
const SCHEMA_FILES: SchemaFiles = {
  schema: join(ROOT, 'prisma', 'schema.prisma'),
  migrations: join(ROOT, 'prisma', 'migrations'),
};

function isLockTimeout(error: unknown): boolean {
  const message = error instanceof Error ? error.message : String(error);
  return toDatabaseFault(error)?.kind === 'busy' || /55P03|lock timeout/i.test(message);
}
