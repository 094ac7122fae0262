import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { carryOutIn, runCommand } from '../support/command-line.js';
import { eventually } from '../support/fault-proxy.js';
import { ScratchDatabase } from '../support/scratch-database.js';

const FOUNDATION = '20261121000000_foundation';
const MIGRATIONS = readdirSync(new URL('../../prisma/migrations', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();
const NOTHING_OPEN = { pending: [], failed: [], edited: [] };

// Two processes and all migrations.
const TIMEOUT_MS = 60_000;

describe('migrations', () => {
  let database: ScratchDatabase;

  const prepare = async (options: { isMigrated?: boolean } = {}) => {
    database = await ScratchDatabase.create(options);
  };
  afterEach(async () => await database.drop());

  const run = async (...parameters: string[]) => await carryOutIn(database.environment, ...parameters);
  const runApart = async () => await runCommand(['db:migrate'], { environment: database.environment });
  const status = async (): Promise<unknown> => JSON.parse((await run('db:status', '--json')).stdout);
  const recorded = () =>
    database.ask<{ migration_name: string; done: boolean; rolled_back: boolean }>(
      `SELECT migration_name, finished_at IS NOT NULL AS done, rolled_back_at IS NOT NULL AS rolled_back
         FROM _prisma_migrations ORDER BY started_at`,
    );

  it(
    'S2-24 S4-26 are listed, applied once, verified, and lead exactly to the schema',
    async () => {
      await prepare();
      expect(await status()).toMatchObject({ pending: MIGRATIONS });
      expect(await runApart()).toMatchObject({ code: 0, stdout: expect.stringContaining(FOUNDATION) as string });
      expect(await run('db:migrate')).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('up to date') as string,
      });
      expect(await status()).toEqual(NOTHING_OPEN);
      expect((await run('db:diff')).stdout.trim()).toBe('-- This is an empty migration.');
      const done = MIGRATIONS.map((name) => ({ migration_name: name, done: true, rolled_back: false }));
      expect(await recorded()).toEqual(done);
    },
    TIMEOUT_MS,
  );

  // As on a database that had the ones before already: what one left in its session, the next does not find.
  it('are applied each over a connection of its own', async () => {
    await prepare();
    for (const name of MIGRATIONS) {
      const owner = new pg.Client({ connectionString: database.environment['DATABASE_OWNER_URL'] });
      await owner.connect();
      try {
        const text = readFileSync(new URL(`../../prisma/migrations/${name}/migration.sql`, import.meta.url), 'utf8');
        await owner.query(text).catch((error: unknown) => {
          throw new Error(`${name} failed.`, { cause: error });
        });
      } finally {
        await owner.end();
      }
    }
    const tables = await database.ask<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_tables WHERE tablename = 'faq_words'`,
    );
    expect(tables).toEqual([{ n: 1 }]);
  });

  it('S2-24 show as SQL what the schema has and the database has not', async () => {
    await prepare({ isMigrated: true });
    await database.ask('ALTER TABLE businesses DROP COLUMN description');
    expect((await run('db:diff')).stdout).toContain('ALTER TABLE "businesses" ADD COLUMN     "description" TEXT');
  });

  it('are applied whole or not at all, and again after they broke off', async () => {
    await prepare();
    await database.ask(`CREATE SCHEMA probe`);
    await database.ask(
      `CREATE FUNCTION probe.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$`,
    );
    // Policies come after the tables.
    await database.ask(
      `CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE POLICY') EXECUTE FUNCTION probe.refuse()`,
    );
    expect(await run('db:migrate')).toMatchObject({ code: 1, stderr: expect.stringContaining('not today') as string });
    expect(await database.ask(`SELECT FROM pg_class WHERE relname = 'businesses'`)).toEqual([]);
    expect(await status()).toMatchObject({ failed: [FOUNDATION] });
    await database.ask('DROP EVENT TRIGGER refuse');
    expect(await run('db:migrate')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('broke off before') as string,
    });
    expect(await status()).toEqual(NOTHING_OPEN);
  });

  it(
    'run once when two processes start them together',
    async () => {
      await prepare();
      const both = await Promise.all([runApart(), runApart()]);
      expect(both.map(({ code }) => code)).toEqual([0, 0]);
      expect((await recorded()).map(({ migration_name: name }) => name)).toEqual(MIGRATIONS);
    },
    TIMEOUT_MS,
  );

  it('give way to a long lock, and go on when it is gone', async () => {
    await prepare({ isMigrated: true });
    await database.ask('DELETE FROM _prisma_migrations');
    await database.ask('DROP FUNCTION isolate_by_organization, isolate_by_product');
    const migrating = database.asSuperuser(database.name, async (holder) => {
      await holder.query('BEGIN');
      await holder.query('LOCK TABLE _prisma_migrations IN ACCESS EXCLUSIVE MODE');
      const result = run('db:migrate');
      const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await eventually(async () => expect(await database.ask(waiting)).not.toEqual([]), 20_000);
      // Longer than the time-out of a lock, so that the first try is given up.
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      await holder.query('COMMIT');
      return await result;
    });
    // The tables are there already, so the migration itself is refused; that it got so far shows that it waited.
    const { stderr } = await migrating;
    expect(stderr).toContain('trying again');
    expect(stderr).toContain('already exists');
  });

  it('S3-20 adopt a database that has the tables already', async () => {
    await prepare({ isMigrated: true });
    await database.ask('DROP TABLE _prisma_migrations');
    expect(await run('db:adopt', ...MIGRATIONS)).toMatchObject({ code: 0 });
    expect(await status()).toEqual(NOTHING_OPEN);
    expect(await run('db:migrate')).toMatchObject({ code: 0, stdout: expect.stringContaining('up to date') as string });
  });

  it('need the owner’s URL', async () => {
    await prepare();
    const { code, stderr } = await carryOutIn({ ...database.environment, DATABASE_OWNER_URL: '' }, 'db:migrate');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('DATABASE_OWNER_URL') as string });
  });
});
