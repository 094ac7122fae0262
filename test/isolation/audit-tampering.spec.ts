import { randomBytes, randomUUID } from 'node:crypto';
import { AuditKeys } from '../../src/features/audit/audit-keys.js';
import type { Checkpoint, TamperFinding } from '../../src/features/audit/audit.types.js';
import { Configuration } from '../../src/platform/config/configuration.js';
import { AuditTrail, type Snapshot } from '../support/audit-trail.js';
import { tamperAtRandom } from '../support/random-tampering.js';
import { askAsSuperuser } from '../support/superuser.js';
import { environmentFor } from '../support/test-environment.js';
import { TestApp } from '../support/test-app.js';

const LAST = 16;

/** What somebody does who has the database and no key, and what must be found. */
interface Tampering {
  readonly name: string;
  readonly act: (trail: AuditTrail, earlier: Snapshot) => Promise<unknown>;
  readonly found: Partial<TamperFinding>;
}

const HEAD = 'UPDATE audit_heads SET';
const OF_ORGANIZATION = 'WHERE organization_id = $1';

const TAMPERINGS: readonly Tampering[] = [
  {
    name: 'edits an action',
    act: (log) => log.edit(7, `action = 'client.left'`),
    found: { kind: 'EDITED', sequence: 7 },
  },
  { name: 'edits the actor', act: (log) => log.edit(7, `actor_id = NULL`), found: { kind: 'EDITED', sequence: 7 } },
  {
    name: 'edits a time by a millisecond',
    act: (log) => log.edit(7, `occurred_at = occurred_at + interval '1 ms'`),
    found: { kind: 'EDITED', sequence: 7 },
  },
  { name: 'edits the fields', act: (log) => log.edit(7, `fields = '{}'`), found: { kind: 'EDITED', sequence: 7 } },
  {
    name: 'splits a field in two',
    act: (log) => log.edit(7, `fields = '{na,me}'`),
    found: { kind: 'EDITED', sequence: 7 },
  },
  { name: 'makes a reason empty', act: (log) => log.edit(7, `reason = ''`), found: { kind: 'EDITED', sequence: 7 } },
  { name: 'takes a reason away', act: (log) => log.edit(7, `reason = NULL`), found: { kind: 'EDITED', sequence: 7 } },
  {
    name: 'moves a letter into the next column',
    act: (log) => log.edit(7, `action = 'client.rea', entity = 'dClient'`),
    found: { kind: 'EDITED', sequence: 7 },
  },
  {
    name: 'edits a number of repeats',
    act: (log) => log.edit(7, 'repeats = 2'),
    found: { kind: 'EDITED', sequence: 7 },
  },
  {
    name: 'edits the last record',
    act: (log) => log.edit(LAST, `outcome = 'DENIED'`),
    found: { kind: 'EDITED', sequence: LAST },
  },
  { name: 'edits a hash', act: (log) => log.edit(7, `hash = repeat('a', 64)`), found: { kind: 'EDITED', sequence: 7 } },
  {
    name: 'edits the hash of the one before',
    act: (log) => log.edit(7, `previous_hash = repeat('a', 64)`),
    found: { kind: 'MOVED', sequence: 7 },
  },
  {
    name: 'edits a record and its hash',
    act: async (log) => {
      await log.edit(7, `action = 'client.left'`);
      await log.rehash(7, 7);
    },
    found: { kind: 'REWRITTEN', sequence: 7, untilSequence: 8 },
  },
  {
    name: 'edits a record and all hashes after it',
    act: async (log) => {
      await log.edit(7, `action = 'client.left'`);
      await log.rehash(7);
    },
    found: { kind: 'REWRITTEN', sequence: 7, untilSequence: 10 },
  },
  {
    name: 'edits behind the last checkpoint, and the hash of the end with it',
    act: async (log) => {
      await log.edit(15, `action = 'client.left'`);
      await log.sql(`${HEAD} hash = $2 ${OF_ORGANIZATION}`, await log.rehash(15));
    },
    found: { kind: 'HEAD_FORGED', sequence: LAST },
  },
  {
    name: 'edits behind the last checkpoint and all hashes, but not the end',
    act: async (log) => {
      await log.edit(15, `action = 'client.left'`);
      await log.rehash(15);
    },
    found: { kind: 'REWRITTEN', sequence: 15, untilSequence: LAST },
  },
  { name: 'removes a record', act: (log) => log.remove(7), found: { kind: 'REMOVED', sequence: 7, untilSequence: 7 } },
  {
    name: 'removes several',
    act: (log) => log.remove(7, 9),
    found: { kind: 'REMOVED', sequence: 7, untilSequence: 9 },
  },
  {
    name: 'removes the first ones',
    act: (log) => log.remove(1, 3),
    found: { kind: 'REMOVED', sequence: 1, untilSequence: 3 },
  },
  {
    name: 'removes all up to a checkpoint, as the retention would',
    act: (log) => log.remove(1, 6),
    found: { kind: 'REMOVED', sequence: 1, untilSequence: 6 },
  },
  {
    name: 'removes a record and closes the gap',
    act: async (log) => {
      await log.remove(7);
      await log.shift(8, -1);
    },
    found: { kind: 'MOVED', sequence: 7 },
  },
  {
    name: 'removes a record, closes the gap and computes all hashes anew',
    act: async (log) => {
      await log.remove(7);
      await log.shift(8, -1);
      await log.rehash(7);
    },
    found: { kind: 'REWRITTEN', sequence: 7, untilSequence: 10 },
  },
  {
    name: 'moves a record to another organization',
    act: async (log) => {
      const [other] = await askAsSuperuser<{ id: string }>(`SELECT id FROM organizations WHERE id <> $1 LIMIT 1`, [
        log.id,
      ]);
      await log.edit(7, `organization_id = '${other?.id ?? ''}', sequence = 1000000 + ${Date.now() % 1_000_000}`);
    },
    found: { kind: 'REMOVED', sequence: 7 },
  },
  {
    name: 'moves a record to another product',
    act: async (log) => {
      await askAsSuperuser('ALTER TABLE audit_logs DROP CONSTRAINT audit_logs_organization_id_product_fkey');
      await log.edit(7, `product = 'realestate'`);
    },
    found: { kind: 'REMOVED', sequence: 7 },
  },
  {
    name: 'inserts a record in the middle and moves the others up',
    act: async (log) => {
      await log.shift(7, 1);
      await log.copy(6, 7);
    },
    found: { kind: 'MOVED', sequence: 7 },
  },
  {
    name: 'inserts a record and computes all hashes anew, up to the end',
    act: async (log) => {
      await log.shift(15, 1);
      await log.copy(14, 15);
      await log.sql(`${HEAD} sequence = sequence + 1, hash = $2 ${OF_ORGANIZATION}`, await log.rehash(15));
    },
    found: { kind: 'HEAD_FORGED', sequence: LAST + 1 },
  },
  {
    name: 'inserts a second record at a place',
    act: async (log) => {
      await askAsSuperuser('DROP INDEX audit_logs_organization_id_sequence_key');
      await log.copy(7, 7);
      await log.sql(`UPDATE audit_logs SET action = 'client.left' ${OF_ORGANIZATION} AND id = (
        SELECT max(id::text)::uuid FROM audit_logs ${OF_ORGANIZATION} AND sequence = 7)`);
    },
    found: { kind: 'INSERTED', sequence: 7 },
  },
  {
    name: 'inserts a record behind the end, with the right hash',
    act: async (log) => {
      await log.copy(LAST, LAST + 1);
      await log.rehash(LAST + 1);
    },
    found: { kind: 'INSERTED', sequence: LAST + 1 },
  },
  { name: 'inserts a record before the first', act: (log) => log.copy(3, 0), found: { sequence: 0 } },
  { name: 'exchanges two neighbours', act: (log) => log.swap(7, 8), found: { kind: 'MOVED', sequence: 7 } },
  { name: 'exchanges two records far apart', act: (log) => log.swap(4, 13), found: { kind: 'MOVED', sequence: 4 } },
  {
    name: 'exchanges the contents of two records',
    act: (log) =>
      log.sql(`UPDATE audit_logs l SET entity_id = o.entity_id, request_id = o.request_id FROM audit_logs o
                WHERE l.organization_id = $1 AND o.organization_id = $1 AND l.sequence + o.sequence = 15
                  AND l.sequence IN (7, 8) AND o.sequence IN (7, 8)`),
    found: { kind: 'EDITED', sequence: 7 },
  },
  { name: 'cuts off the last record', act: (log) => log.remove(LAST), found: { kind: 'TRUNCATED', sequence: LAST } },
  {
    name: 'cuts off the end and writes the end anew',
    act: async (log) => {
      await log.remove(15, LAST);
      await log.sql(
        `${HEAD} sequence = 14, hash = (SELECT hash FROM audit_logs ${OF_ORGANIZATION} AND sequence = 14) ${OF_ORGANIZATION}`,
      );
    },
    found: { kind: 'HEAD_FORGED', sequence: 14 },
  },
  {
    name: 'cuts off the end and puts an earlier end back',
    act: async (log, earlier) => {
      await log.remove(11, LAST);
      await log.restore(earlier, ['audit_heads']);
    },
    found: { kind: 'TRUNCATED', sequence: 11 },
  },
  {
    name: 'puts the whole log back to an earlier state, with end and checkpoints',
    act: (log, earlier) => log.restore(earlier),
    found: { kind: 'TRUNCATED', sequence: 11 },
  },
  {
    name: 'removes all records',
    act: (log) => log.remove(1, LAST),
    found: { kind: 'TRUNCATED', sequence: 1, untilSequence: LAST },
  },
  {
    name: 'removes all records, checkpoints and the end',
    act: (log) => log.restore({ audit_logs: [], audit_heads: [], audit_checkpoints: [] }),
    found: { kind: 'TRUNCATED', sequence: 1, untilSequence: LAST },
  },
  {
    name: 'removes the end',
    act: (log) => log.sql(`DELETE FROM audit_heads ${OF_ORGANIZATION}`),
    found: { kind: 'HEAD_FORGED' },
  },
  {
    name: 'takes the seal away',
    act: (log) => log.sql(`${HEAD} seal = NULL ${OF_ORGANIZATION}`),
    found: { kind: 'HEAD_FORGED' },
  },
  {
    name: 'edits a checkpoint',
    act: (log) => log.sql(`UPDATE audit_checkpoints SET hash = repeat('a', 64) ${OF_ORGANIZATION} AND sequence = 10`),
    found: { kind: 'CHECKPOINT_FORGED', sequence: 10 },
  },
  {
    name: 'removes the latest checkpoint',
    act: (log) => log.sql(`DELETE FROM audit_checkpoints ${OF_ORGANIZATION} AND sequence = 14`),
    found: { kind: 'CHECKPOINT_REMOVED', sequence: 14 },
  },
  {
    name: 'removes a checkpoint between others',
    act: (log) => log.sql(`DELETE FROM audit_checkpoints ${OF_ORGANIZATION} AND sequence = 10`),
    found: { kind: 'CHECKPOINT_REMOVED', sequence: 10 },
  },
  {
    name: 'rewrites all, and signs with a key of its own',
    act: async (log) => {
      await log.edit(7, `action = 'client.left'`);
      await log.rehash(7);
      const stranger = new AuditKeys(
        Configuration.load({ ...environmentFor(), ENCRYPTION_KEY: randomBytes(32).toString('base64') }),
      );
      const last = (await log.records()).at(-1);
      const { organizationId, product, sequence = 0, hash = '' } = last ?? { organizationId: '', product: '' };
      const signed: Checkpoint = stranger.sign({
        ...{ organizationId, product, sequence, hash, previousSequence: 0, createdAt: new Date().toISOString() },
      });
      await log.sql(`DELETE FROM audit_checkpoints ${OF_ORGANIZATION}`);
      await log.sql(
        `INSERT INTO audit_checkpoints (id, organization_id, product, sequence, hash, previous_sequence, key_id, signature)
         VALUES ($2, $1, 'bestays', $3, $4, 0, $5, $6)`,
        ...[randomUUID(), sequence, hash, signed.keyId, signed.signature],
      );
    },
    found: { kind: 'CHECKPOINT_FORGED', sequence: LAST },
  },
];

describe('tampering with the audit log as the owner of the database', () => {
  let app: TestApp;
  let trail: AuditTrail;
  let before: Snapshot;
  let earlier: Snapshot;

  beforeAll(async () => {
    process.env['TEST_DATABASE_SUFFIX'] = '_destroyed';
    app = await TestApp.start();
    trail = await AuditTrail.build(app);
    await AuditTrail.build(app);
    const lengthen = async (to: number) => {
      for (let count = (await trail.records()).length; count < to; count += 1) await trail.record();
    };
    await lengthen(5);
    await trail.checkpoint();
    await lengthen(9);
    await trail.checkpoint();
    earlier = await trail.snapshot();
    await lengthen(13);
    await trail.checkpoint();
    await lengthen(LAST);
    before = await trail.snapshot();
  });
  afterAll(async () => {
    await app.stop();
    delete process.env['TEST_DATABASE_SUFFIX'];
  });
  afterEach(async () => {
    await askAsSuperuser(`DELETE FROM audit_logs WHERE sequence >= 1000000`);
    await trail.restore(before);
    await askAsSuperuser(
      'CREATE UNIQUE INDEX IF NOT EXISTS audit_logs_organization_id_sequence_key ON audit_logs (organization_id, sequence)',
    );
  });

  it('finds nothing where nothing was done', async () => {
    expect(await trail.check()).toMatchObject({ isIntact: true, findings: [], records: LAST, lastSequence: LAST });
  });

  it('has at least thirty kinds', () => expect(TAMPERINGS.length).toBeGreaterThanOrEqual(30));

  it.each(TAMPERINGS)('finds and locates whoever $name', async ({ act, found }) => {
    await act(trail, earlier);
    const { isIntact, findings } = await trail.check();
    expect(findings).toContainEqual(expect.objectContaining(found));
    expect(isIntact).toBe(false);
  });

  it('R24 finds and locates a hundred random acts', async () => {
    expect(await tamperAtRandom(trail, before, earlier, 100)).toEqual([]);
  }, 60_000);

  it.each([
    ['a forged end', `${HEAD} seal = replace(seal, '.', '.A') ${OF_ORGANIZATION}`],
    ['an end without a seal', `${HEAD} seal = NULL ${OF_ORGANIZATION}`],
  ])('does not make %s its own when it goes on', async (_what, text) => {
    const log = await AuditTrail.build(app);
    await log.record();
    await log.sql(text);
    await log.record();
    await log.record();
    expect((await log.check()).findings).toEqual([expect.objectContaining({ kind: 'HEAD_FORGED' })]);
  });

  it('does not go on from an earlier end as if nothing had been', async () => {
    const log = await AuditTrail.build(app);
    await log.record();
    const former = await log.snapshot();
    await log.record();
    await log.restore(former);
    for (let count = 0; count < 3; count += 1) await log.record();
    expect((await log.check()).findings).toEqual([expect.objectContaining({ kind: 'HEAD_FORGED' })]);
  });
});
