import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { type DriverContext, runAsDriver } from '../../src/platform/database/driver-context.js';
import type { ContextMode } from '../../src/platform/database/context-query.js';
import { OneSyncPool } from '../../src/platform/database/one-sync-pool.js';
import { toDatabaseFault } from '../../src/platform/errors/database-fault.js';
import { askAsSuperuser } from '../support/superuser.js';
import { environmentFor } from '../support/test-environment.js';

const SETTINGS = `SELECT current_setting('app.product', true) AS product, current_setting('app.organization_id', true) AS organization,
  current_setting('app.actor_id', true) AS actor, pg_backend_pid() AS pid`;
interface Settings {
  product: string;
  organization: string;
  actor: string;
  pid: number;
}

describe.each<ContextMode>(['named', 'unnamed', 'awaited'])('OneSyncPool, context %s', (contextMode) => {
  const pools: OneSyncPool[] = [];
  const open = (options: pg.PoolConfig = {}) => {
    const pool = new OneSyncPool({
      contextMode,
      connectionString: environmentFor()['DATABASE_URL'],
      max: 4,
      ...options,
    });
    pool.on('error', () => undefined);
    pools.push(pool);
    return pool;
  };
  const newOwner = (): DriverContext => ({ product: 'bestays', organizationId: randomUUID(), actorId: randomUUID() });
  const ask = async <Row extends pg.QueryResultRow = Settings>(
    pool: pg.Pool,
    owner: DriverContext,
    text = SETTINGS,
    values: unknown[] = [],
  ) => await runAsDriver(owner, async () => (await pool.query<Row>({ name: text.slice(0, 40), text, values })).rows);
  const seen = ({ product, organizationId, actorId }: DriverContext) => ({
    product,
    organization: organizationId,
    actor: actorId,
  });

  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
  });

  it('tells the database product, organization and actor with every statement, and leaves nothing behind', async () => {
    const pool = open();
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        const owner = newOwner();
        expect((await ask(pool, owner))[0]).toMatchObject(seen(owner));
      }),
    );
    const clients = await Promise.all(Array.from({ length: 4 }, () => runAsDriver(newOwner(), () => pool.connect())));
    for (const client of clients) {
      const [left] = (await client.query<Settings>(SETTINGS)).rows;
      expect([left?.product, left?.organization, left?.actor].map((value) => value ?? '')).toEqual(['', '', '']);
      client.release();
    }
  });

  it('gives results, counts and errors as pg does', async () => {
    const pool = open({ max: 1 });
    const owner = newOwner();
    expect(await ask(pool, owner, 'SELECT $1::int AS one, $2::text AS two', [1, null])).toEqual([
      { one: 1, two: null },
    ]);
    expect(await ask(pool, owner, 'SELECT 1 WHERE false')).toEqual([]);
    await expect(ask(pool, owner, 'SELECT 1/0')).rejects.toMatchObject({ code: '22012' });
    await expect(ask(pool, owner, 'SELEC 1')).rejects.toMatchObject({ code: '42601' });
    await expect(ask(pool, owner, 'SELECT 1; SELECT 2')).rejects.toMatchObject({ code: '42601' });
  });

  it('keeps a connection whose statement was refused, clean and usable', async () => {
    const pool = open({ max: 1 });
    const [first] = await ask(pool, newOwner());
    for (const text of ['SELECT 1/0', 'SELECT no_such_column', 'SELEC 1']) {
      await expect(ask(pool, newOwner(), text)).rejects.toThrow();
      const owner = newOwner();
      expect((await ask(pool, owner))[0]).toMatchObject({ ...seen(owner), pid: first?.pid });
    }
  });

  it('carries the context through a transaction and its savepoints', async () => {
    const pool = open({ max: 1 });
    const owner = newOwner();
    const client = await runAsDriver(owner, () => pool.connect());
    const settings = async () => (await client.query<Settings>(SETTINGS)).rows[0];
    await client.query({ text: 'BEGIN' });
    expect(await settings()).toMatchObject(seen(owner));
    await client.query('SAVEPOINT s');
    await expect(client.query('SELECT 1/0')).rejects.toThrow();
    await client.query('ROLLBACK TO SAVEPOINT s');
    expect(await settings()).toMatchObject(seen(owner));
    await client.query('COMMIT');
    expect((await settings())?.organization ?? '').toBe('');
    client.release();
  });

  it('destroys a connection that comes back inside a transaction', async () => {
    const pool = open({ max: 1 });
    const client = await runAsDriver(newOwner(), () => pool.connect());
    await client.query('BEGIN');
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    client.release();
    await expect(client.query('SELECT 1')).rejects.toThrow('has ended');
    const owner = newOwner();
    const [after] = await ask(pool, owner);
    expect(after).toMatchObject(seen(owner));
    expect(after?.pid).not.toBe(rows[0]?.pid);
  });

  it('opens a transaction with its first statement, however many come at once, and none for nothing', async () => {
    const pool = open({ max: 1 });
    const owner = newOwner();
    const client = await runAsDriver(owner, () => pool.connect());
    await client.query('BEGIN');
    const answers = await Promise.all([1, 2, 3].map(async () => (await client.query<Settings>(SETTINGS)).rows[0]));
    expect(answers.map((answer) => ({ ...answer, pid: 0 }))).toEqual(answers.map(() => ({ ...seen(owner), pid: 0 })));
    const { rows } = await client.query<{ isOne: boolean }>('SELECT now() < clock_timestamp() AS "isOne"');
    expect(rows).toEqual([{ isOne: true }]);
    await client.query('ROLLBACK');
    client.release();
    const idle = await runAsDriver(owner, () => pool.connect());
    await idle.query('BEGIN');
    expect((await idle.query('COMMIT')).rows).toEqual([]);
    idle.release();
    expect((await ask(pool, owner))[0]?.pid).toBe(answers[0]?.pid);
  });

  it('lets nobody have a connection on which a transaction timed out, at whichever statement', async () => {
    const pool = open({ max: 1, query_timeout: 200 });
    for (const before of [[], ['SELECT 1']]) {
      const client = await runAsDriver(newOwner(), () => pool.connect());
      const pid = (await client.query<Settings>(SETTINGS)).rows[0]?.pid;
      await client.query('BEGIN');
      for (const text of before) await client.query(text);
      const late = await client.query('SELECT pg_sleep(0.5)').catch((error: unknown) => error);
      expect(toDatabaseFault(late)).toEqual({ kind: 'unavailable' });
      await expect(client.query('ROLLBACK')).rejects.toBe(late);
      client.release();
      const owner = newOwner();
      const [answer] = await ask(pool, owner);
      expect(answer).toMatchObject(seen(owner));
      expect(answer?.pid).not.toBe(pid);
    }
  });

  it('reads a statement whose columns changed wrongly never: it fails once, then gives the new ones', async () => {
    const pool = open({ max: 1 });
    const table = `changing_${randomUUID().replaceAll('-', '')}`;
    await askAsSuperuser(`CREATE TABLE ${table} (value int)`);
    await askAsSuperuser(`INSERT INTO ${table} VALUES (1)`);
    await askAsSuperuser(`GRANT SELECT ON ${table} TO PUBLIC`);
    const read = async () => await ask<{ value: unknown }>(pool, newOwner(), `SELECT * FROM ${table}`);
    expect([await read(), await read()]).toEqual([[{ value: 1 }], [{ value: 1 }]]);
    await askAsSuperuser(
      `ALTER TABLE ${table} ALTER COLUMN value TYPE text USING 'one', ADD COLUMN more int DEFAULT 2`,
    );
    const first = await read().catch((error: unknown) => error);
    if (contextMode === 'named') expect(toDatabaseFault(first)).toEqual({ kind: 'unavailable' });
    expect([await read(), await read()]).toEqual([[{ value: 'one', more: 2 }], [{ value: 'one', more: 2 }]]);
    await askAsSuperuser(`DROP TABLE ${table}`);
  });

  it('tells rows of statements of one name apart by how they are asked for', async () => {
    const pool = open({ max: 1 });
    const rows = async (rowMode?: 'array') =>
      await runAsDriver(newOwner(), async () => {
        const config = { name: 'shared', text: 'SELECT 1 AS one, NULL AS two', ...(rowMode && { rowMode }) };
        return (await pool.query(config)).rows as unknown[];
      });
    for (let round = 0; round < 2; round += 1) {
      expect(await rows()).toEqual([{ one: 1, two: null }]);
      expect(await rows('array')).toEqual([[1, null]]);
    }
  });

  it('refuses a statement and a connection without owner', async () => {
    const pool = open();
    await expect(pool.query('SELECT 1')).rejects.toThrow('without an owner');
    await expect(pool.connect()).rejects.toThrow('without an owner');
  });

  it('never gives the next caller the late answer of a statement that timed out', async () => {
    const pool = open({ max: 1, query_timeout: 200 });
    const [before] = await ask(pool, newOwner());
    const late = await ask(pool, newOwner(), `SELECT pg_sleep(0.6), 'late' AS organization`).catch(
      (error: unknown) => error,
    );
    expect(toDatabaseFault(late)).toEqual({ kind: 'unavailable' });
    for (let round = 0; round < 10; round += 1) {
      const owner = newOwner();
      const [answer] = await ask(pool, owner);
      expect(answer).toMatchObject(seen(owner));
      expect(answer?.pid).not.toBe(before?.pid);
      await new Promise((resolve) => setTimeout(resolve, 80));
    }
  });

  it('reports a backend that was killed as unavailable, and goes on with another', async () => {
    const pool = open({ max: 1 });
    const [{ pid } = { pid: 0 }] = await ask(pool, newOwner());
    const sleeping = ask(pool, newOwner(), 'SELECT pg_sleep(5)').catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await askAsSuperuser('SELECT pg_terminate_backend($1)', [pid]);
    expect(toDatabaseFault(await sleeping)).toEqual({ kind: 'unavailable' });
    const owner = newOwner();
    expect((await ask(pool, owner))[0]).toMatchObject(seen(owner));
  });

  it('never mixes answers while transactions fail beside readers', async () => {
    const pool = open();
    const until = Date.now() + 1_500;
    let read = 0;
    const reader = async () => {
      while (Date.now() < until) {
        const owner = newOwner();
        const [answer] = await ask<Settings & { echo: string }>(pool, owner, `${SETTINGS}, $1::text AS echo`, [
          owner.actorId,
        ]);
        expect(answer).toMatchObject({ ...seen(owner), echo: owner.actorId });
        read += 1;
      }
    };
    const failing = async () => {
      while (Date.now() < until) {
        const client = await runAsDriver(newOwner(), () => pool.connect());
        await client.query('BEGIN');
        await client.query('SELECT 1/0').catch(() => undefined);
        await client.query('SELECT 2').catch(() => undefined);
        await client.query('ROLLBACK');
        client.release();
      }
    };
    await Promise.all([reader(), reader(), reader(), failing(), failing()]);
    expect(read).toBeGreaterThan(50);
  });
});
