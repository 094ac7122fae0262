import { Injectable } from '@nestjs/common';
import { IdentityDatabase } from '../database/identity-database.js';

/** Longer than a transaction may take: within it, nobody takes a running request over. */
const LEASE_SECONDS = 15;
const LIFETIME_HOURS = 24;
const REMOVED_AT_ONCE = 100;

export interface NewClaim {
  readonly id: string;
  readonly actorId: string;
  readonly organizationId: string | null;
  readonly digest: string;
  readonly requestEnvelope: string;
}

/** The right to carry a request out. */
export interface Claim {
  readonly id: string;
  readonly actorId: string;
  readonly attempt: number;
}

export interface KnownRequest {
  readonly requestEnvelope: string;
  readonly answerEnvelope: string | null;
  /** Carried out, and nobody is left who could say what the answer was. */
  readonly isLost: boolean;
}

/** The stored keys of one caller at a time. Row level security lets the identity role see no others. */
@Injectable()
export class IdempotencyRepository {
  constructor(private readonly identity: IdentityDatabase) {}

  /**
   * Claims a key that is new or has expired, or whose process is gone without having stored anything.
   * @returns null if the request runs, or was carried out
   */
  async claim({ id, actorId, organizationId, digest, requestEnvelope }: NewClaim): Promise<Claim | null> {
    const text = `
      INSERT INTO idempotency_keys AS k
        (product, id, actor_id, organization_id, digest, request_envelope, lease_until, expires_at)
      VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7), now() + make_interval(hours => $8))
      ON CONFLICT (product, actor_id, digest) DO UPDATE
        SET attempt = k.attempt + 1, request_envelope = EXCLUDED.request_envelope, answer_envelope = NULL,
            effect_at = NULL, lease_until = EXCLUDED.lease_until, expires_at = EXCLUDED.expires_at
        WHERE k.expires_at <= now() OR (k.effect_at IS NULL AND k.answer_envelope IS NULL AND k.lease_until <= now())
      RETURNING id, attempt`;
    const values = [id, actorId, organizationId, digest, requestEnvelope, LEASE_SECONDS, LIFETIME_HOURS];
    const [row] = await this.identity.query<{ id: string; attempt: number }>(actorId, text, ...values);
    return row ? { ...row, actorId } : null;
  }

  async find(actorId: string, digest: string): Promise<KnownRequest | null> {
    const text = `
      SELECT request_envelope AS "requestEnvelope", answer_envelope AS "answerEnvelope",
             answer_envelope IS NULL AND effect_at IS NOT NULL AND lease_until <= now() AS "isLost"
        FROM idempotency_keys WHERE product = $1 AND actor_id = $2 AND digest = $3`;
    return (await this.identity.query<KnownRequest>(actorId, text, actorId, digest))[0] ?? null;
  }

  async complete({ id, actorId, attempt }: Claim, answerEnvelope: string): Promise<void> {
    const text = `UPDATE idempotency_keys SET answer_envelope = $4 WHERE product = $1 AND id = $2 AND attempt = $3`;
    await this.identity.query(actorId, text, id, attempt, answerEnvelope);
  }

  /**
   * Frees a key whose request failed, unless something of it was stored: then its answer counts as lost.
   * @remarks Waits for a transaction of the request that is still committing.
   */
  async release({ id, actorId, attempt }: Claim): Promise<void> {
    const remove = `DELETE FROM idempotency_keys
      WHERE product = $1 AND id = $2 AND attempt = $3 AND effect_at IS NULL RETURNING id`;
    const removed = await this.identity.query(actorId, remove, id, attempt);
    if (removed.length > 0) return;
    const end = 'UPDATE idempotency_keys SET lease_until = now() WHERE product = $1 AND id = $2 AND attempt = $3';
    await this.identity.query(actorId, end, id, attempt);
  }

  /** Removes some of the product's expired keys, whoever sent them. */
  async removeExpired(actorId: string): Promise<void> {
    const text = `
      DELETE FROM idempotency_keys WHERE product = $1 AND id IN (
        SELECT id FROM idempotency_keys WHERE product = $1 AND expires_at < now()
         ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)`;
    await this.identity.query(actorId, text, REMOVED_AT_ONCE);
  }
}
