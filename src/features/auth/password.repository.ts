import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { IdentityDatabase } from '../../platform/database/identity-database.js';

export interface PasswordChange {
  readonly userId: string;
  readonly passwordHash: string;
  /** As it was when the current password was proved: of two changes at once, one counts. */
  readonly changedBefore: Date | null;
  /** The log-in that makes the change and stays. */
  readonly sessionId: string;
}

/**
 * Passwords, and the links by which they are set.
 * Each change is one statement, so that a new password without the end of the old one's log-ins cannot be left behind.
 */
@Injectable()
export class PasswordRepository {
  constructor(private readonly identity: IdentityDatabase) {}

  /** Replaces the password and ends the other log-ins and open links. Returns whether it did. */
  async change({ userId, passwordHash, changedBefore, sessionId }: PasswordChange): Promise<boolean> {
    const text = `
      WITH changed AS (
        UPDATE users SET password_hash = $3, password_changed_at = clock_timestamp(), version = version + 1, updated_at = now()
         WHERE product = $1 AND id = $2 AND is_active AND password_changed_at IS NOT DISTINCT FROM $4::timestamptz
        RETURNING id),
      ended AS (
        UPDATE sessions s SET ended_at = now(), end_reason = 'password changed' FROM changed
         WHERE s.product = $1 AND s.user_id = changed.id AND s.ended_at IS NULL AND s.id <> $5),
      unlinked AS (
        UPDATE password_resets r SET used_at = now() FROM changed
         WHERE r.product = $1 AND r.user_id = changed.id AND r.used_at IS NULL)
      SELECT id FROM changed`;
    return (await this.identity.query(userId, text, userId, passwordHash, changedBefore, sessionId)).length === 1;
  }

  /** Keeps a link for 30 minutes, in the place of the one before. */
  async addReset(userId: string, tokenHash: string, lifetimeSeconds: number): Promise<void> {
    const text = `
      INSERT INTO password_resets (product, id, user_id, token_hash, expires_at)
      VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
      ON CONFLICT (product, user_id) DO UPDATE
        SET id = excluded.id, token_hash = excluded.token_hash, expires_at = excluded.expires_at, used_at = NULL,
            created_at = now()`;
    await this.identity.query(userId, text, uuidv7(), userId, tokenHash, lifetimeSeconds);
  }

  /** Returns whom a link that still works belongs to, or null. */
  async findReset(tokenHash: string): Promise<{ userId: string; email: string } | null> {
    const text = `
      SELECT u.id AS "userId", u.email
        FROM password_resets r JOIN users u ON u.product = r.product AND u.id = r.user_id AND u.is_active
       WHERE r.product = $1 AND r.token_hash = $2 AND r.used_at IS NULL AND r.expires_at > now()`;
    return (await this.identity.query<{ userId: string; email: string }>(null, text, tokenHash))[0] ?? null;
  }

  /** Uses up a link: sets the password and ends every log-in. Returns whether the link still worked. */
  async reset(userId: string, tokenHash: string, passwordHash: string): Promise<boolean> {
    const text = `
      WITH used AS (
        UPDATE password_resets SET used_at = now()
         WHERE product = $1 AND user_id = $2 AND token_hash = $3 AND used_at IS NULL AND expires_at > now()
        RETURNING user_id),
      changed AS (
        UPDATE users u
           SET password_hash = $4, password_changed_at = clock_timestamp(), version = version + 1, updated_at = now()
          FROM used WHERE u.product = $1 AND u.id = used.user_id AND u.is_active RETURNING u.id),
      ended AS (
        UPDATE sessions s SET ended_at = now(), end_reason = 'password reset' FROM changed
         WHERE s.product = $1 AND s.user_id = changed.id AND s.ended_at IS NULL)
      SELECT id FROM changed`;
    return (await this.identity.query(userId, text, userId, tokenHash, passwordHash)).length === 1;
  }
}
