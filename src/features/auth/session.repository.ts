import { Injectable } from '@nestjs/common';
import { IdentityDatabase } from '../../platform/database/identity-database.js';
import { ON_RECORD } from '../audit/audit.types.js';
import type { LoginOrganization, SessionOverview } from './auth.types.js';

/** A log-in as it is stored. */
export interface SessionRow {
  readonly id: string;
  readonly userId: string;
  readonly refreshTokenHash: string;
  readonly activeOrganizationId: string | null;
  readonly isLive: boolean;
}

/** In days. */
export interface SessionLifetime {
  /** However often it is used. */
  readonly most: number;
  /** Since it was used last. */
  readonly idle: number;
}

export interface NewSession {
  readonly id: string;
  readonly userId: string;
  readonly refreshTokenHash: string;
  readonly activeOrganizationId: string | null;
  readonly userAgent: string | null;
  readonly ipAddress: string | null;
  readonly lifetime: SessionLifetime;
  /** As it was when the password was proved. */
  readonly passwordChangedAt: Date | null;
}

export interface SessionFilter {
  readonly includeInactive: boolean;
  readonly sort: string;
  readonly limit: number;
  readonly after: { readonly value: string; readonly id: string } | null;
}

@Injectable()
export class SessionRepository {
  constructor(private readonly identity: IdentityDatabase) {}

  /**
   * Opens a session together with its record, unless the password was changed or the user deactivated since it was proved.
   * @param record - as SecurityEventService.toRecord returns it
   * @remarks The lock makes a change of the password wait, so that it sees this session and ends it.
   */
  async add(session: NewSession, record: string): Promise<boolean> {
    const text = `
      WITH changed AS (
        INSERT INTO sessions (product, id, user_id, refresh_token_hash, active_organization_id, user_agent, ip_address, expires_at)
        SELECT u.product, $3::uuid, u.id, $5::text, $6::uuid, $7::text, $8::text, now() + make_interval(days => least($9::int, $11::int))
          FROM users u
         WHERE u.product = $1 AND u.id = $4 AND u.is_active AND u.password_changed_at IS NOT DISTINCT FROM $10::timestamptz
           FOR SHARE RETURNING id), ${ON_RECORD}
      SELECT id FROM changed`;
    const { id, userId, refreshTokenHash, activeOrganizationId, userAgent, ipAddress, lifetime } = session;
    const source = [userAgent, ipAddress, lifetime.most, session.passwordChangedAt, lifetime.idle];
    const values = [record, id, userId, refreshTokenHash, activeOrganizationId, ...source];
    return (await this.identity.query(userId, text, ...values)).length === 1;
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

  /**
   * Replaces the refresh token if it still is `oldHash`, and ends the session if it is not. A use moves its end.
   * @remarks One statement: of two that come at once, the second sees what the first did, and nothing can fail in between.
   */
  async rotate(
    id: string,
    { oldHash, newHash, lifetime }: { oldHash: string; newHash: string; lifetime: SessionLifetime },
  ): Promise<'rotated' | 'reused' | 'ended'> {
    const isRight = 'refresh_token_hash = $3';
    const text = `
      UPDATE sessions
         SET refresh_token_hash = CASE WHEN ${isRight} THEN $4 ELSE refresh_token_hash END,
             last_used_at = CASE WHEN ${isRight} THEN now() ELSE last_used_at END,
             expires_at = CASE WHEN ${isRight} THEN greatest(expires_at, least(
               created_at + make_interval(days => $5), now() + make_interval(days => $6))) ELSE expires_at END,
             ended_at = CASE WHEN ${isRight} THEN NULL ELSE now() END,
             end_reason = CASE WHEN ${isRight} THEN NULL ELSE 'refresh token used twice' END
       WHERE product = $1 AND id = $2 AND ended_at IS NULL AND expires_at > now()
      RETURNING ended_at IS NULL AS "isRotated"`;
    const values = [id, oldHash, newHash, lifetime.most, lifetime.idle];
    const [row] = await this.identity.query<{ isRotated: boolean }>(null, text, ...values);
    if (!row) return 'ended';
    return row.isRotated ? 'rotated' : 'reused';
  }

  /** Returns the person's log-ins, one more than `limit`. */
  async list(userId: string, filter: SessionFilter): Promise<Omit<SessionOverview, 'isCurrent'>[]> {
    const [direction, beyond] = filter.sort.startsWith('-') ? ['DESC', '<'] : ['ASC', '>'];
    const isActive = '(ended_at IS NULL AND expires_at > now())';
    const text = `
      SELECT id, user_agent AS "userAgent", ip_address AS "ipAddress", created_at AS "createdAt",
             last_used_at AS "lastUsedAt", expires_at AS "expiresAt", ${isActive} AS "isActive"
        FROM sessions
       WHERE product = $1 AND user_id = $2 AND (${isActive} OR $3)
         AND ($4::uuid IS NULL OR (created_at, id) ${beyond} ($5::timestamptz, $4::uuid))
       ORDER BY created_at ${direction}, id ${direction} LIMIT $6`;
    const { includeInactive, after, limit } = filter;
    const position = [after?.id ?? null, after?.value ?? null];
    return await this.identity.query(userId, text, userId, includeInactive, ...position, limit + 1);
  }

  async end(id: string, reason: string): Promise<void> {
    const text =
      'UPDATE sessions SET ended_at = now(), end_reason = $3 WHERE product = $1 AND id = $2 AND ended_at IS NULL';
    await this.identity.query(null, text, id, reason);
  }

  /** Ends a live log-in of the user. Returns whether there was one. */
  async endOwn(userId: string, id: string): Promise<boolean> {
    const text = `
      UPDATE sessions SET ended_at = now(), end_reason = 'ended by its owner'
       WHERE product = $1 AND user_id = $2 AND id = $3 AND ended_at IS NULL AND expires_at > now() RETURNING id`;
    return (await this.identity.query(userId, text, userId, id)).length === 1;
  }

  /** Ends the log-ins of the user, but for one if it is named. Returns how many there were. */
  async endAll(userId: string, exceptId: string | null, reason: string): Promise<number> {
    const text = `
      UPDATE sessions SET ended_at = now(), end_reason = $4
       WHERE product = $1 AND user_id = $2 AND id IS DISTINCT FROM $3::uuid AND ended_at IS NULL RETURNING id`;
    return (await this.identity.query(userId, text, userId, exceptId, reason)).length;
  }

  async setAuthenticated(id: string): Promise<void> {
    const text = 'UPDATE sessions SET authenticated_at = now() WHERE product = $1 AND id = $2 AND ended_at IS NULL';
    await this.identity.query(null, text, id);
  }

  /** Log-ins of Clerk always are: their people have no password here, and Clerk has re-verification of its own. */
  async isAuthenticatedWithin(id: string, minutes: number): Promise<boolean> {
    const text = `
      SELECT FROM sessions
       WHERE product = $1 AND id = $2 AND (authenticated_at > now() - make_interval(mins => $3) OR clerk_session_id IS NOT NULL)`;
    return (await this.identity.query(null, text, id, minutes)).length === 1;
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
