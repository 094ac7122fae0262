import { randomUUID } from 'node:crypto';
import { RetentionService } from '../../src/features/retention/retention.service.js';
import { RETENTION_POLICY } from '../../src/features/retention/retention.policy.js';
import { RetentionWorker } from '../../src/features/retention/retention.worker.js';
import { buildClient, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { carryOut } from '../support/command-line.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

const PRODUCTS = ['bestays', 'realestate'] as const;

describe('what is kept for a time only', () => {
  let app: TestApp;
  let acme: BuiltOrganization;
  /** Of this run: others' rows stand in the same tables. */
  const mark = randomUUID();

  beforeAll(async () => {
    app = await TestApp.start();
    acme = await buildOrganization(app);
  });
  afterAll(async () => {
    await app.stop();
  });

  /** Adds rows of each table that are so many days old. */
  async function addRows(ages: readonly number[]): Promise<void> {
    const { id: clientId } = await buildClient(app, acme);
    for (const age of ages) {
      const at = `now() - interval '${age} days'`;
      const job = (name: string, state: string, finishedAt: string) => `
        INSERT INTO jobs (organization_id, product, id, name, state, data, digest, signature, actor_type, actor_id, entry_point,
                          due_at, finished_at)
        VALUES ($1, 'bestays', gen_random_uuid(), '${name}', '${state}', '{}', '', '', 'user', $2, 'http', NULL, ${finishedAt})`;
      const actor = [acme.id, acme.owner.user.id];
      await askAsSuperuser(job(`finished-${age}`, 'COMPLETED', at), actor);
      await askAsSuperuser(job(`running-${age}`, 'RUNNING', 'NULL'), actor);
      await askAsSuperuser(
        `WITH made AS (${job(`reported-${age}`, 'COMPLETED', at)} RETURNING id)
         INSERT INTO research_reports (organization_id, product, id, job_id, client_id)
         SELECT $1, 'bestays', id, id, $3 FROM made`,
        [...actor, clientId],
      );
      for (const product of PRODUCTS) {
        await askAsSuperuser(
          `INSERT INTO dead_letters (product, id, reason, digest, message, last_at)
           VALUES ($1, gen_random_uuid(), 'JOB_TAMPERED', $2, $2, ${at})`,
          [product, `${mark}-${age}`],
        );
        await askAsSuperuser(
          `INSERT INTO webhook_events (product, id, source, external_id, type, occurred_at, digest, state, processed_at)
           VALUES ($1, gen_random_uuid(), 'clerk', $2, 'user.updated', ${at}, '', 'APPLIED', ${at})`,
          [product, `${mark}-${age}`],
        );
        await askAsSuperuser(
          `INSERT INTO faq_analytics (product, day, event, subject) VALUES ($1, ${at}, 'VIEW', $2)`,
          [product, `${mark}-${age}`],
        );
        await askAsSuperuser(
          `WITH made AS (
             INSERT INTO chat_conversations (product, id, visitor_hash, last_message_at, created_at)
             VALUES ($1, gen_random_uuid(), $2, ${at}, now() - interval '4000 days') RETURNING product, id)
           INSERT INTO chat_messages (product, id, conversation_id, sequence, role, content)
           SELECT product, gen_random_uuid(), id, 1, 'USER', 'Hello' FROM made`,
          [product, `${mark.replaceAll('-', '')}${String(age).padStart(6, '0')}`],
        );
      }
      await askAsSuperuser(
        `INSERT INTO sessions (product, id, user_id, refresh_token_hash, expires_at, ended_at)
         VALUES ('bestays', gen_random_uuid(), $1, $2, ${at}, NULL)`,
        [acme.owner.user.id, `${mark}-${age}`],
      );
    }
  }

  /** Which of this run's rows are there: table, product and age in days. */
  async function left(): Promise<string[]> {
    const age = (column: string) => `floor(extract(epoch FROM now() - ${column}) / 86400)`;
    const rows = await askAsSuperuser<{ what: string }>(
      `SELECT 'jobs ' || name AS what FROM jobs WHERE organization_id = $1
       UNION ALL SELECT 'dead_letters ' || product || ' ' || ${age('last_at')} FROM dead_letters WHERE message LIKE $2 || '%'
       UNION ALL SELECT 'webhook_events ' || product || ' ' || ${age('processed_at')} FROM webhook_events WHERE external_id LIKE $2 || '%'
       UNION ALL SELECT 'faq_analytics ' || product || ' ' || ${age('day')} FROM faq_analytics WHERE subject LIKE $2 || '%'
       UNION ALL SELECT 'chat_conversations ' || product || ' ' || ${age('last_message_at')} FROM chat_conversations WHERE visitor_hash LIKE $3 || '%'
       UNION ALL SELECT 'chat_messages ' || c.product || ' ' || ${age('c.last_message_at')} FROM chat_messages m
                   JOIN chat_conversations c ON c.product = m.product AND c.id = m.conversation_id WHERE c.visitor_hash LIKE $3 || '%'
       UNION ALL SELECT 'sessions ' || product || ' ' || ${age('expires_at')} FROM sessions WHERE refresh_token_hash LIKE $2 || '%'`,
      [acme.id, mark, mark.replaceAll('-', '')],
    );
    return rows.map(({ what }) => what).sort();
  }

  it('is counted by a dry run, removed by one worker a day, and of its own product only', async () => {
    await addRows([1, 4_000]);
    const before = await left();
    const counted = await carryOut('data:prune', '--dry-run', '--json');
    expect(counted).toMatchObject({ code: 0 });
    const { tables } = JSON.parse(counted.stdout) as { tables: { table: string; keptDays: number; rows: number }[] };
    expect(tables.map(({ table }) => table)).toEqual(RETENTION_POLICY.map(({ table }) => table));
    for (const { table, rows } of tables) {
      // Conversations are counted as they stand: with their messages.
      expect({ table, isFound: rows > 0 }).toEqual({ table, isFound: table !== 'chat_conversations' });
    }
    expect(await left()).toEqual(before);

    const worker = app.get(RetentionWorker);
    const day = new Date('2031-05-05T05:00:00Z');
    await worker.look(day);
    const ofOurs =
      /^(jobs finished|dead_letters bestays|webhook_events bestays|faq_analytics bestays|chat_\w+ bestays|sessions bestays)/;
    const outdated = before.filter((what) => ofOurs.test(what) && /4000$/.test(what));
    expect(outdated).toHaveLength(7);
    expect(await left()).toEqual(before.filter((what) => !outdated.includes(what)));

    await addRows([5_000]);
    const again = await left();
    await worker.look(day);
    expect(await left()).toEqual(again);
    await worker.look(new Date('2031-05-06T05:00:00Z'));
    expect((await left()).length).toBeLessThan(again.length);
  });

  it('is on the product’s record, and refused outside of any context', async () => {
    await expect(app.get(RetentionService).removeOutdated({ isDryRun: true })).rejects.toMatchObject({
      code: 'ORGANIZATION_CONTEXT_MISSING',
    });
    await carryOut('data:prune');
    const events = await askAsSuperuser<{ reason: string }>(
      `SELECT reason FROM security_events WHERE product = 'bestays' AND reason = 'remove rows that are kept for a time only'`,
    );
    expect(events.length).toBeGreaterThan(0);
  });
});
