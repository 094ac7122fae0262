import { Injectable } from '@nestjs/common';
import { IdentityDatabase } from '../../platform/database/identity-database.js';
import type { LoginOrganization } from './auth.types.js';

/** A log-in as it is stored. */
export interface SessionRow {
  readonly id: string;
  readonly userId: string;
  readonly refreshTokenHash: string;
  readonly activeOrganizationId: string | null;
  readonly isLive: boolean;
}

export interface NewSession {
  readonly id: string;
  readonly userId: string;
  readonly refreshTokenHash: string;
  readonly activeOrganizationId: string | null;
  readonly userAgent: string | null;
  readonly ipAddress: string | null;
  readonly lifetimeDays: number;
}

@Injectable()
export class SessionRepository {
  constructor(private readonly identity: IdentityDatabase) {}

  async add(session: NewSession): Promise<void> {
    await this.identity.query(
      session.userId,
      `INSERT INTO sessions (product, id, user_id, refresh_token_hash, active_organization_id, user_agent, ip_address, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(days => $8))`,
      session.id,
      session.userId,
      session.refreshTokenHash,
      session.activeOrganizationId,
      session.userAgent,
      session.ipAddress,
      session.lifetimeDays,
    );
  }

  async find(id: string): Promise<SessionRow | null> {
    const text = `
      SELECT s.id, s.user_id AS "userId", s.refresh_token_hash AS "refreshTokenHash",
             s.active_organization_id AS "activeOrganizationId",
             s.ended_at IS NULL AND s.expires_at > now() AND u.is_active AS "isLive"
        FROM sessions s JOIN users u ON u.product = s.product AND u.id = s.user_id
       WHERE s.product = $1 AND s.id = $2`;
    return (await this.identity.query<SessionRow>(null, text, id))[0] ?? null;
  }

  /** Replaces the refresh token if it still is `oldHash`; of two that try at once, one succeeds. */
  async rotate(id: string, oldHash: string, newHash: string): Promise<boolean> {
    const text = `UPDATE sessions SET refresh_token_hash = $4, last_used_at = now()
                   WHERE product = $1 AND id = $2 AND refresh_token_hash = $3 AND ended_at IS NULL RETURNING id`;
    return (await this.identity.query(null, text, id, oldHash, newHash)).length === 1;
  }

  async end(id: string, reason: string): Promise<void> {
    const text =
      'UPDATE sessions SET ended_at = now(), end_reason = $3 WHERE product = $1 AND id = $2 AND ended_at IS NULL';
    await this.identity.query(null, text, id, reason);
  }

  async setActiveOrganization(id: string, organizationId: string): Promise<void> {
    const text = 'UPDATE sessions SET active_organization_id = $3 WHERE product = $1 AND id = $2';
    await this.identity.query(null, text, id, organizationId);
  }

  /** Returns the network addresses that the account with this address logged in from lately; none if there is none. */
  async listSources(email: string): Promise<string[]> {
    const text = `
      SELECT DISTINCT s.ip_address AS "ipAddress" FROM sessions s JOIN users u ON u.product = s.product AND u.id = s.user_id
       WHERE s.product = $1 AND u.email = $2 AND s.ip_address IS NOT NULL AND s.last_used_at > now() - interval '90 days'
       LIMIT 200`;
    return (await this.identity.query<{ ipAddress: string }>(null, text, email)).map(({ ipAddress }) => ipAddress);
  }

  /** Returns the active organizations of a user, oldest membership first. */
  async listOrganizations(userId: string): Promise<LoginOrganization[]> {
    const text = `
      SELECT o.id, o.slug, o.name, m.role FROM memberships m JOIN organizations o ON o.id = m.organization_id
       WHERE m.product = $1 AND m.user_id = $2 AND m.is_active AND o.is_active ORDER BY m.id LIMIT 100`;
    return await this.identity.query<LoginOrganization>(userId, text, userId);
  }
}
