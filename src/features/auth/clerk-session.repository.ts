import { Injectable } from '@nestjs/common';
import { IdentityDatabase } from '../../platform/database/identity-database.js';

export interface ClerkLogin {
  readonly sessionId: string;
  readonly userId: string;
}

/** A log-in at Clerk lives here for so long; a request in its second half prolongs it. */
const LIFETIME_HOURS = 12;

/** Log-ins that Clerk vouches for, as rows like all others. */
@Injectable()
export class ClerkSessionRepository {
  constructor(private readonly identity: IdentityDatabase) {}

  /**
   * Returns the log-in that belongs to a session of Clerk, and opens it at its first request.
   * @param id - of the row, if one is made
   * @returns null if nobody active here has this account at Clerk, or the log-in has ended, there or here
   */
  async open(id: string, clerkUserId: string, clerkSessionId: string): Promise<ClerkLogin | null> {
    const text = `
      WITH known AS (
        SELECT s.id, s.user_id FROM sessions s JOIN users u ON u.product = s.product AND u.id = s.user_id
         WHERE s.product = $1 AND s.clerk_session_id = $4 AND u.clerk_user_id = $3 AND u.is_active
           AND s.ended_at IS NULL AND s.expires_at > now() + make_interval(hours => ${LIFETIME_HOURS / 2})),
      opened AS (
        INSERT INTO sessions AS s (product, id, user_id, refresh_token_hash, clerk_session_id, expires_at)
        SELECT u.product, $2::uuid, u.id, 'clerk', $4::text, now() + make_interval(hours => ${LIFETIME_HOURS})
          FROM users u
         WHERE u.product = $1 AND u.clerk_user_id = $3 AND u.is_active AND NOT EXISTS (SELECT FROM known)
           AND NOT EXISTS (
             SELECT FROM webhook_events e
              WHERE e.product = $1 AND e.source = 'clerk' AND e.subject = $4 AND e.type LIKE 'session.%')
           FOR SHARE
        ON CONFLICT (product, clerk_session_id) DO UPDATE SET expires_at = EXCLUDED.expires_at, last_used_at = now()
         WHERE s.ended_at IS NULL AND s.user_id = EXCLUDED.user_id
        RETURNING s.id, s.user_id)
      SELECT id AS "sessionId", user_id AS "userId" FROM known
      UNION ALL SELECT id, user_id FROM opened`;
    return (await this.identity.query<ClerkLogin>(null, text, id, clerkUserId, clerkSessionId))[0] ?? null;
  }
}
