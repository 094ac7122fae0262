import { Injectable } from '@nestjs/common';
import { OrganizationPurge, type RowCounts } from '../../platform/database/organization-purge.js';
import { SystemDatabase } from '../../platform/database/system-database.js';
import { isUuid } from '../../tenancy/index.js';

/** An organization with what decides whether it may be purged. */
export interface InactiveOrganization {
  readonly id: string;
  readonly slug: string;
  readonly deactivatedAt: Date | null;
  readonly isDue: boolean;
}

/** Organizations whose time is over, and what they own. Unscoped. */
@Injectable()
export class PurgeRepository {
  constructor(
    private readonly system: SystemDatabase,
    private readonly rows: OrganizationPurge,
  ) {}

  /** Returns the named organization, or all that were deactivated, and whether their grace period is over. Unscoped. */
  async list(organization: string | undefined, graceDays: number): Promise<InactiveOrganization[]> {
    const condition =
      organization === undefined
        ? 'NOT is_active AND $3::text IS NULL'
        : isUuid(organization)
          ? 'id = $3'
          : 'slug = $3';
    const text = `
      SELECT id, slug, deleted_at AS "deactivatedAt",
             coalesce(NOT is_active AND deleted_at <= now() - make_interval(days => $2), false) AS "isDue"
        FROM organizations WHERE product = $1 AND ${condition} ORDER BY deleted_at`;
    return await this.system.query<InactiveOrganization>(text, graceDays, organization ?? null);
  }

  async count(organizationId: string): Promise<RowCounts> {
    return await this.rows.count(organizationId);
  }

  /** Returns the number of deleted rows, or null if the organization is not due any more. */
  async delete(organizationId: string, graceDays: number): Promise<RowCounts | null> {
    return await this.rows.delete(organizationId, graceDays);
  }
}
