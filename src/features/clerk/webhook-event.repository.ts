import { Injectable } from '@nestjs/common';
import { DatabaseSignals } from '../../platform/database/database-signals.js';
import { IdentityDatabase } from '../../platform/database/identity-database.js';
import type { ClerkEvent } from './clerk-event.js';

/** An event that is to be worked on. */
export interface DueEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly attempts: number;
}

export interface NewEvent extends ClerkEvent {
  readonly id: string;
  /** The sender's id of it. */
  readonly externalId: string;
  readonly digest: string;
}

/** So long nobody else takes an event that is being worked on. */
const LEASE_SECONDS = 60;

/** Events that were delivered, and what became of them. The row is the queue. */
@Injectable()
export class WebhookEventRepository {
  constructor(
    private readonly identity: IdentityDatabase,
    private readonly signals: DatabaseSignals,
  ) {}

  /** Calls back when there are new events, of whichever product: for the other's there is nothing to claim here. */
  hearOfDue(listener: () => void): void {
    this.signals.hear('webhook_events_due', { onSignal: listener });
  }

  /** Keeps an event, once; each further delivery is counted. Returns whether it is new. */
  async add({ id, externalId, type, subject, occurredAt, digest, data }: NewEvent): Promise<boolean> {
    const text = `
      INSERT INTO webhook_events AS e
             (product, id, source, external_id, type, subject, occurred_at, digest, data, state, due_at, processed_at)
      VALUES ($1, $2, 'clerk', $3, $4, $5::text, $6, $7, $8,
              CASE WHEN $5::text IS NULL THEN 'IGNORED' ELSE 'RECEIVED' END,
              CASE WHEN $5::text IS NOT NULL THEN now() END, CASE WHEN $5::text IS NULL THEN now() END)
      ON CONFLICT (product, source, external_id) DO UPDATE SET deliveries = e.deliveries + 1
      RETURNING e.deliveries = 1 AS "isNew"`;
    const facts = data === null ? null : JSON.stringify(data);
    const values = [id, externalId, type, subject, occurredAt, digest, facts];
    return (await this.identity.query<{ isNew: boolean }>(null, text, ...values))[0]?.isNew ?? false;
  }

  /** Takes events that are due, for as long as a lease. */
  async claim(limit: number): Promise<DueEvent[]> {
    const text = `
      UPDATE webhook_events e SET due_at = now() + make_interval(secs => ${LEASE_SECONDS}), attempts = e.attempts + 1
       WHERE e.product = $1 AND e.id IN (
             SELECT id FROM webhook_events WHERE product = $1 AND due_at <= now()
              ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
      RETURNING e.id, e.type, e.subject, e.attempts`;
    return await this.identity.query<DueEvent>(null, text, limit);
  }

  /** Has an event tried again later. */
  async postpone(id: string, seconds: number, outcome: string): Promise<void> {
    const text = `
      UPDATE webhook_events SET due_at = now() + make_interval(secs => $3), outcome = $4
       WHERE product = $1 AND id = $2 AND state = 'RECEIVED'`;
    await this.identity.query(null, text, id, seconds, outcome);
  }

  /** Ends an event that is not tried again. */
  async finish(id: string, state: 'APPLIED' | 'FAILED', outcome: string): Promise<void> {
    const text = `
      UPDATE webhook_events SET state = $3, outcome = $4, due_at = NULL, data = NULL, processed_at = now()
       WHERE product = $1 AND id = $2 AND state = 'RECEIVED'`;
    await this.identity.query(null, text, id, state, outcome);
  }
}
