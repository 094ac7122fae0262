import { Injectable } from '@nestjs/common';
import { IdentityDatabase } from '../../platform/database/identity-database.js';
import type { Role } from '../../tenancy/index.js';

/** What the database knows of an API key, of the member who made it, and of their organization. */
export interface KeyAccessRow {
  readonly organizationId: string;
  readonly slug: string | null;
  readonly name: string | null;
  readonly creatorRole: Role | null;
  readonly keyRole: Role;
  readonly scopes: readonly string[];
  readonly secretHash: string;
  /** Null when there is none that still works. */
  readonly previousSecretHash: string | null;
  readonly expiresAt: Date;
  readonly previousExpiresAt: Date | null;
  readonly isRevoked: boolean;
  readonly isExpired: boolean;
  /** Whether its last use was noted longer ago than a minute, or never. */
  readonly isUseStale: boolean;
}

// From the key to the membership to the organization, for the reason given in access.repository.ts.
const STANDING = `
  SELECT k.organization_id AS "organizationId", o.slug, o.name, m.role AS "creatorRole", k.role AS "keyRole", k.scopes,
         k.secret_hash AS "secretHash",
         CASE WHEN k.previous_expires_at > now() THEN k.previous_secret_hash END AS "previousSecretHash",
         k.expires_at AS "expiresAt", k.previous_expires_at AS "previousExpiresAt",
         k.revoked_at IS NOT NULL AS "isRevoked", k.expires_at <= now() AS "isExpired",
         k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute' AS "isUseStale"
    FROM api_keys k
    JOIN users u ON u.product = k.product AND u.id = k.created_by_id AND u.is_active
    LEFT JOIN memberships m ON m.organization_id = k.organization_id AND m.user_id = k.created_by_id
                           AND m.product = k.product AND m.is_active
    LEFT JOIN organizations o ON o.id = m.organization_id AND o.product = m.product AND o.is_active
   WHERE k.product = $1 AND k.created_by_id = $2 AND k.id = $3`;

@Injectable()
export class KeyAccessRepository {
  constructor(private readonly identity: IdentityDatabase) {}

  /** Returns the standing of a key, or null if there is none of this id and maker. One query. */
  async find(userId: string, keyId: string): Promise<KeyAccessRow | null> {
    return (await this.identity.query<KeyAccessRow>(userId, STANDING, userId, keyId))[0] ?? null;
  }

  /** Notes a use; of many at once, one writes. */
  async noteUse(userId: string, keyId: string): Promise<void> {
    const text = `UPDATE api_keys SET last_used_at = now()
                   WHERE product = $1 AND created_by_id = $2 AND id = $3
                     AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`;
    await this.identity.query(userId, text, userId, keyId);
  }
}
