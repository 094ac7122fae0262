import { Injectable } from '@nestjs/common';
import { SystemDatabase } from '../../platform/database/system-database.js';

/** A log-in in an organization. `number` tells the asker which it is. */
export interface LoginStanding {
  readonly number: number;
  readonly userId: string;
  readonly sessionId: string;
  readonly organizationId: string;
}

/** An API key that was presented, with what it was let in for. */
export interface KeyStanding {
  readonly number: number;
  readonly userId: string;
  readonly keyId: string;
  readonly organizationId: string;
  readonly digest: string;
  readonly keyScope: string;
}

const HELD_LOGINS = `
  SELECT asked.number
    FROM jsonb_to_recordset($2::jsonb) AS asked (number int, "userId" uuid, "sessionId" uuid, "organizationId" uuid)
    JOIN sessions s ON s.product = $1 AND s.id = asked."sessionId" AND s.user_id = asked."userId"
                   AND s.ended_at IS NULL AND s.expires_at > now()
    JOIN users u ON u.product = $1 AND u.id = asked."userId" AND u.is_active
    JOIN organizations o ON o.product = $1 AND o.id = asked."organizationId" AND o.is_active
   WHERE EXISTS (
           SELECT FROM memberships m
            WHERE m.organization_id = asked."organizationId" AND m.user_id = asked."userId" AND m.product = $1
              AND m.is_active)
      OR u.platform_role = 'SUPERUSER' AND EXISTS (
           SELECT FROM support_sessions d
            WHERE d.organization_id = asked."organizationId" AND d.user_id = asked."userId" AND d.product = $1
              AND d.ended_at IS NULL AND d.expires_at > now() AND d.approval <> 'PENDING')`;

const HELD_KEYS = `
  SELECT asked.number
    FROM jsonb_to_recordset($2::jsonb)
         AS asked (number int, "userId" uuid, "keyId" uuid, "organizationId" uuid, digest text, "keyScope" text)
    JOIN api_keys k ON k.product = $1 AND k.organization_id = asked."organizationId" AND k.id = asked."keyId"
                   AND k.created_by_id = asked."userId" AND k.revoked_at IS NULL AND asked."keyScope" = ANY (k.scopes)
                   AND (k.secret_hash = asked.digest AND k.expires_at > now()
                        OR k.previous_secret_hash = asked.digest AND k.previous_expires_at > now())
    JOIN users u ON u.product = $1 AND u.id = asked."userId" AND u.is_active
    JOIN memberships m ON m.organization_id = k.organization_id AND m.user_id = k.created_by_id AND m.product = $1
                      AND m.is_active
    JOIN organizations o ON o.product = $1 AND o.id = k.organization_id AND o.is_active`;

/** Across organizations, by the system role: answers inside runUnscoped only. */
@Injectable()
export class StandingReviewRepository {
  constructor(private readonly system: SystemDatabase) {}

  /** Returns the numbers of those that would be let in now. One query, or none. */
  async listHeldLogins(standings: readonly LoginStanding[]): Promise<number[]> {
    return await this.list(HELD_LOGINS, standings);
  }

  async listHeldKeys(standings: readonly KeyStanding[]): Promise<number[]> {
    return await this.list(HELD_KEYS, standings);
  }

  private async list(text: string, standings: readonly object[]): Promise<number[]> {
    if (standings.length === 0) return [];
    const rows = await this.system.query<{ number: number }>(text, JSON.stringify(standings));
    return rows.map(({ number }) => number);
  }
}
