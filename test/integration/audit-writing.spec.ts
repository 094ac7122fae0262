import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { AuditService } from '../../src/features/audit/audit.service.js';
import { CHAIN_ADOPTED } from '../../src/features/audit/audit.types.js';
import { DatabasePools } from '../../src/platform/database/database-pools.js';
import { TransactionService } from '../../src/platform/database/transaction.service.js';
import { AuditTrail } from '../support/audit-trail.js';
import { buildClient, buildOrganization } from '../support/builders.js';
import { ScratchDatabase } from '../support/scratch-database.js';
import { askAsSuperuser, superuserUrl } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

const APPEND = /append_audit_records/;

describe('writing the audit log', () => {
  let app: TestApp;
  let second: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
    second = await TestApp.start();
  });
  afterAll(async () => {
    await Promise.all([app.stop(), second.stop()]);
  });

  const many = (count: number, work: () => Promise<unknown>) => Array.from({ length: count }, work);
  const entry = { action: 'client.read', entity: 'Client' } as const;
  const inTransaction = async (at: TestApp, trail: AuditTrail, work: () => Promise<void>) =>
    await trail.inside(async () => await at.get(TransactionService).run(work));

  it('shares round trips between the records of many organizations', async () => {
    const trails = (await Promise.all(many(4, async () => await AuditTrail.build(app)))) as AuditTrail[];
    let statements = 0;
    app.get(DatabasePools).app.observer = (_owner, { text }) => {
      if (APPEND.test(text)) statements += 1;
    };
    await Promise.all(trails.flatMap((trail) => many(50, async () => await trail.record())));
    app.get(DatabasePools).app.observer = undefined;
    expect(statements).toBeLessThan(20);
    for (const trail of trails) expect(await trail.check()).toMatchObject({ isIntact: true });
  });

  it('takes no record of an organization that does not exist, among however many others', async () => {
    const trail = await AuditTrail.build(app);
    await trail.record();
    const copies = `
      INSERT INTO audit_logs
      SELECT (jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid(), 'sequence', (l).sequence + 1000 + n, $1::text, $2::text))).*
        FROM (SELECT a AS l FROM audit_logs a WHERE organization_id = $3 LIMIT 1) o, generate_series(1, 3) n`;
    for (const [column, value] of [
      ['organization_id', randomUUID()],
      ['product', 'realestate'],
    ]) {
      await expect(askAsSuperuser(copies, [column, value, trail.organization.id])).rejects.toMatchObject({
        code: '23503',
      });
    }
    expect(await trail.check()).toMatchObject({ isIntact: true });
  });

  it('keeps one chain while two processes and transactions write to it', async () => {
    const trail = await AuditTrail.build(app);
    const before = (await trail.records()).length;
    const elsewhere = async () => await trail.inside(async () => await second.get(AuditService).record(entry));
    const together = async () =>
      await inTransaction(second, trail, async () => {
        await second.get(AuditService).record(entry);
        await second.get(AuditService).record(entry);
      });
    await Promise.all([...many(60, async () => await trail.record()), ...many(60, elsewhere), ...many(5, together)]);
    expect(await trail.check()).toMatchObject({ isIntact: true, lastSequence: before + 130 });
  });

  it('writes the records of a transaction with it, right before its end, or not at all', async () => {
    const trail = await AuditTrail.build(app);
    const { lastSequence } = await trail.check();
    const seen: number[] = [];
    await inTransaction(app, trail, async () => {
      await app.get(AuditService).record({ ...entry, action: 'kept.first' });
      await trail.inside(async () => {
        await app
          .get(TransactionService)
          .run(async () => await app.get(AuditService).record({ ...entry, action: 'kept.last' }));
      });
      seen.push((await trail.check()).lastSequence);
    });
    expect(seen).toEqual([lastSequence]);
    const failing = inTransaction(app, trail, async () => {
      await app.get(AuditService).record({ ...entry, action: 'lost' });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    const actions = (await trail.records()).slice(lastSequence).map(({ action }) => action);
    expect(actions).toEqual(['kept.first', 'kept.last']);
    await trail.record();
    expect(await trail.check()).toMatchObject({ isIntact: true, lastSequence: lastSequence + 3 });
  });

  it('undoes the transaction whose record cannot be written', async () => {
    const trail = await AuditTrail.build(app);
    const { id } = await buildClient(app, trail.organization);
    const failing = trail.inside(
      async () =>
        await app
          .get(TransactionService)
          .run(async () => await app.get(AuditService).record({ ...entry, action: 'x'.repeat(61) })),
    );
    await expect(failing).rejects.toMatchObject({ code: '22001' });
    await trail.record({ clientId: id });
    expect(await trail.check()).toMatchObject({ isIntact: true });
  });

  it('keeps a record that cannot be stored from failing others, of other organizations and of its own', async () => {
    const [acme, globex] = [await AuditTrail.build(app), await AuditTrail.build(app)];
    const outcomes = await Promise.allSettled([
      acme.record({ action: 'first' }),
      acme.record({ action: 'x'.repeat(61) }),
      acme.record({ action: 'nul', reason: 'a\0b' }),
      acme.record({ action: 'last' }),
      globex.record({ action: 'other' }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    for (const trail of [acme, globex]) expect(await trail.check()).toMatchObject({ isIntact: true });
  });

  it('answers 503 and shows no data when the record cannot be written, and goes on afterwards', async () => {
    const [acme, globex] = [await AuditTrail.build(app), await AuditTrail.build(app)];
    const { id } = await buildClient(app, acme.organization);
    const read = () => app.http(acme.organization.owner, acme.id).get(`/api/v1/clients/${id}`);
    const blocker = new pg.Client({ connectionString: superuserUrl() });
    await blocker.connect();
    try {
      await blocker.query('BEGIN');
      await blocker.query('SELECT 1 FROM audit_heads WHERE organization_id = $1 FOR UPDATE', [acme.id]);
      const [refused] = await Promise.all([read(), globex.record()]);
      expect(refused.status).toBe(503);
      expect(refused.body).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
      expect(refused.text).not.toContain('Example Ltd.');
    } finally {
      await blocker.end();
    }
    await read().expect(200);
    expect(await acme.check()).toMatchObject({ isIntact: true });
  });

  it('takes over what was recorded before there was a chain, and loses none of it', async () => {
    const database = await ScratchDatabase.create();
    try {
      await migrateWithOldRecords(database);
      const former = await database.ask<{ id: string }>('SELECT id FROM audit_logs ORDER BY sequence');
      expect(former).toHaveLength(3);
      const later = await TestApp.start({ environment: database.environment });
      try {
        const { id, owner } = await adopted(database, later);
        const http = later.http(owner, id);
        const { body: first } = await http.get('/api/v1/audit-logs/verification').expect(200);
        expect(first).toMatchObject({ isIntact: true, records: 3 });
        const { body } = await http.get('/api/v1/audit-logs/verification').expect(200);
        expect(body).toMatchObject({ isIntact: true, records: 5 });
        const actions = await database.ask<{ action: string }>(
          'SELECT action FROM audit_logs WHERE organization_id = $1 ORDER BY sequence',
          [id],
        );
        expect(actions[3]?.action).toBe(CHAIN_ADOPTED);
        await database.ask(`UPDATE audit_logs SET reason = 'other' WHERE sequence = 2 AND organization_id = $1`, [id]);
        const { body: edited } = await http.get('/api/v1/audit-logs/verification').expect(200);
        expect(edited).toMatchObject({ findings: [{ kind: 'EDITED', sequence: 2 }] });
      } finally {
        await later.stop();
      }
    } finally {
      await database.drop();
    }
  });
});

const CHAIN = '20261126100000_audit_chain';
const OLD_ORGANIZATION = '0198c0de-0000-7000-8000-000000000001';

/** Applies the migrations up to the chain, records something as one did then, and applies the rest. */
async function migrateWithOldRecords(database: ScratchDatabase): Promise<void> {
  const names = (await readdir('prisma/migrations')).filter((name) => !name.includes('.')).sort();
  await database.asSuperuser(database.name, async (client) => {
    for (const name of names) {
      if (name === CHAIN) await client.query(OLD_RECORDS);
      await client.query('SET ROLE bulkhead_owner');
      await client.query(await readFile(`prisma/migrations/${name}/migration.sql`, 'utf8'));
      await client.query('RESET ROLE');
    }
  });
}

const OLD_RECORDS = `
  INSERT INTO users (id, product, email, first_name, last_name) VALUES ('${OLD_ORGANIZATION}', 'bestays', 'old@example.test', 'Old', 'One');
  INSERT INTO organizations (id, product, name, slug, owner_id) VALUES ('${OLD_ORGANIZATION}', 'bestays', 'Old', 'old', '${OLD_ORGANIZATION}');
  INSERT INTO audit_logs (id, organization_id, product, actor_type, actor_id, entry_point, request_id, action, entity, entity_id,
                          outcome, reason, fields, occurred_at)
  SELECT gen_random_uuid(), '${OLD_ORGANIZATION}', 'bestays', 'user', CASE n WHEN 2 THEN 'é✓' END, 'http', 'r', 'client.read', 'Client', n::text,
         'SUCCESS', CASE n WHEN 1 THEN '' END, CASE n WHEN 3 THEN '{}'::text[] ELSE '{name,"a b"}' END,
         '2026-01-01T00:00:00Z'::timestamptz + n * interval '1.5 s'
    FROM generate_series(1, 3) n`;

/** Makes somebody a member of the old organization. */
async function adopted(database: ScratchDatabase, app: TestApp) {
  const { owner } = await buildOrganization(app);
  await database.ask(
    `INSERT INTO memberships (id, organization_id, product, user_id, email, role)
     SELECT gen_random_uuid(), $1, product, id, email, 'ADMIN' FROM users WHERE id = $2`,
    [OLD_ORGANIZATION, owner.user.id],
  );
  return { id: OLD_ORGANIZATION, owner };
}
