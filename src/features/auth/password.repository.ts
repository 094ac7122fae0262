import { Injectable } from '@nestjs/common';
import { IdentityDatabase } from '../../platform/database/identity-database.js';

export interface PasswordChange {
  readonly userId: string;
  readonly passwordHash: string;
  /** As it was when the current password was proved: of two changes at once, one counts. */
  readonly changedBefore: Date | null;
  /** The log-in that makes the change and stays. */
  readonly sessionId: string;
}

// A new password leaves no link behind, neither the one that set it nor one that was asked for before.
const setPassword = (hash: string) =>
  `password_hash = ${hash}, password_changed_at = clock_timestamp(), password_reset_hash = NULL,
   password_reset_until = NULL, version = version + 1, updated_at = now()`;
const isOpen = (hash: string) => `password_reset_hash = ${hash} AND password_reset_until > now() AND is_active`;

/**
 * Passwords, and the links by which they are set.
 * Each change is one statement, so that a new password without the end of the old one's log-ins cannot be left behind.
 */
@Injectable()
export class PasswordRepository {
  constructor(private readonly identity: IdentityDatabase) {}

  /** Replaces the password, and ends the other log-ins and an open link. Returns whether it did. */
  async change({ userId, passwordHash, changedBefore, sessionId }: PasswordChange): Promise<boolean> {
    const text = `
      WITH changed AS (
        UPDATE users SET ${setPassword('$2')}
         WHERE product = $1 AND id = $3 AND is_active AND password_changed_at IS NOT DISTINCT FROM $4::timestamptz
        RETURNING id),
      ended AS (
        UPDATE sessions s SET ended_at = now(), end_reason = 'password changed' FROM changed
         WHERE s.product = $1 AND s.user_id = changed.id AND s.ended_at IS NULL AND s.id <> $5)
      SELECT id FROM changed`;
    return (await this.identity.query(userId, text, passwordHash, userId, changedBefore, sessionId)).length === 1;
  }

  /** Keeps a link, in the place of the one before. */
  async addReset(userId: string, tokenHash: string, lifetimeSeconds: number): Promise<void> {
    const text = `
      UPDATE users SET password_reset_hash = $3, password_reset_until = now() + make_interval(secs => $4)
       WHERE product = $1 AND id = $2 AND is_active`;
    await this.identity.query(userId, text, userId, tokenHash, lifetimeSeconds);
  }

  /** Returns whom a link that still works belongs to, or null. */
  async findReset(tokenHash: string): Promise<{ userId: string; email: string } | null> {
    const text = `SELECT id AS "userId", email FROM users WHERE product = $1 AND ${isOpen('$2')}`;
    return (await this.identity.query<{ userId: string; email: string }>(null, text, tokenHash))[0] ?? null;
  }

  /** Uses up a link: sets the password and ends every log-in. Returns whether the link still worked. */
  async reset(userId: string, tokenHash: string, passwordHash: string): Promise<boolean> {
    const text = `
      WITH changed AS (
        UPDATE users SET ${setPassword('$4')}
         WHERE product = $1 AND id = $3 AND ${isOpen('$2')} RETURNING id),
      ended AS (
        UPDATE sessions s SET ended_at = now(), end_reason = 'password reset' FROM changed
         WHERE s.product = $1 AND s.user_id = changed.id AND s.ended_at IS NULL)
      SELECT id FROM changed`;
    return (await this.identity.query(userId, text, tokenHash, userId, passwordHash)).length === 1;
  }
}
