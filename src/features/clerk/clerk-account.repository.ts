import { Injectable } from '@nestjs/common';
import { IdentityDatabase } from '../../platform/database/identity-database.js';

/** People and log-ins of the product, as Clerk has them. */
@Injectable()
export class ClerkAccountRepository {
  constructor(private readonly identity: IdentityDatabase) {}

  /**
   * Brings a person to what the latest event about it says, together with log-ins, memberships, the events and the record.
   * @returns what was done, e.g. USER_UPDATED; SUPERSEDED if it was done already, EMAIL_TAKEN if it has to wait
   * @remarks One statement: all or nothing. See settle_clerk_user in the migration of the product dimension.
   */
  async settle(subject: string, ids: { user: string; record: string; system: string }, cause: string): Promise<string> {
    const text = 'SELECT settle_clerk_user($1, $2, $3, $4, $5, $6) AS result';
    const values = [subject, ids.user, ids.record, ids.system, cause];
    const [row] = await this.identity.query<{ result: string }>(null, text, ...values);
    return row?.result ?? 'SUPERSEDED';
  }

  /** Ends the log-in that belongs to a session of Clerk. Returns whether there was one. */
  async endSession(clerkSessionId: string): Promise<boolean> {
    const text = `
      UPDATE sessions SET ended_at = now(), end_reason = 'ended at Clerk'
       WHERE product = $1 AND clerk_session_id = $2 AND ended_at IS NULL RETURNING id`;
    return (await this.identity.query(null, text, clerkSessionId)).length > 0;
  }
}
