import { randomUUID } from 'node:crypto';
import pg from 'pg';

const URLS = ['DATABASE_URL', 'DATABASE_IDENTITY_URL', 'DATABASE_SYSTEM_URL', 'DATABASE_OWNER_URL'] as const;

/** An empty database with the four roles, for tests that change the schema or need to start from nothing. */
export class ScratchDatabase {
  private constructor(readonly name: string) {}

  /** With `isMigrated`, a copy of what the tests migrated before they began: it takes a tenth of the time. */
  static async create({ isMigrated = false } = {}): Promise<ScratchDatabase> {
    const database = new ScratchDatabase(`scratch_${randomUUID().replaceAll('-', '')}`);
    await database.asSuperuser(null, async (client) => {
      const migrated = new URL(process.env['DATABASE_OWNER_URL'] as string).pathname.slice(1);
      const template = isMigrated ? client.escapeIdentifier(migrated) : 'template0';
      await client.query(`CREATE DATABASE ${database.name} OWNER bulkhead_owner TEMPLATE ${template}`);
      await client.query(
        `GRANT CONNECT ON DATABASE ${database.name} TO bulkhead_app, bulkhead_identity, bulkhead_system`,
      );
    });
    await database.asSuperuser(database.name, async (client) => {
      await client.query('ALTER SCHEMA public OWNER TO bulkhead_owner');
      await client.query('GRANT USAGE ON SCHEMA public TO bulkhead_app, bulkhead_identity, bulkhead_system');
    });
    return database;
  }

  /** The variables that point an application or a command at it. */
  get environment(): NodeJS.ProcessEnv {
    return Object.fromEntries(URLS.map((name) => [name, this.urlOf(process.env[name] as string)]));
  }

  async ask<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return await this.asSuperuser(this.name, async (client) => (await client.query(text, values)).rows as Row[]);
  }

  async drop(): Promise<void> {
    await this.asSuperuser(null, async (client) => {
      await client.query(`DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`);
    });
  }

  /** Runs `work` on a superuser's connection; to `null`, the server's own database. */
  async asSuperuser<T>(database: string | null, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const url = process.env['TEST_ADMIN_DATABASE_URL'] as string;
    const client = new pg.Client({ connectionString: database ? this.urlOf(url) : url });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  private urlOf(from: string): string {
    const url = new URL(from);
    url.pathname = this.name;
    return url.href;
  }
}
