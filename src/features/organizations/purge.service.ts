import { Injectable } from '@nestjs/common';
import { OrganizationContextService, OrganizationNotFoundError } from '../../tenancy/index.js';
import { AuditRetentionService } from '../audit/audit-retention.service.js';
import { SecurityEventService } from '../audit/security-event.service.js';
import { purgeTooEarly } from './organization.errors.js';
import { type InactiveOrganization, PurgeRepository } from './purge.repository.js';

type RowCounts = Awaited<ReturnType<PurgeRepository['count']>>;

export interface PurgeOptions {
  /** Id or slug; undefined for every organization that is due. */
  readonly organization: string | undefined;
  /** Days since the deactivation. */
  readonly graceDays: number;
  readonly isDryRun: boolean;
}

/** What was, or would be, deleted of one organization. */
export interface PurgedOrganization {
  readonly id: string;
  readonly slug: string;
  readonly deactivatedAt: Date | null;
  readonly rows: RowCounts;
}

/** The end of an organization. */
@Injectable()
export class PurgeService {
  constructor(
    private readonly repository: PurgeRepository,
    private readonly contexts: OrganizationContextService,
    private readonly events: SecurityEventService,
    private readonly logs: AuditRetentionService,
  ) {}

  /**
   * Deletes organizations that were deactivated longer ago than the grace period; each leaves a security event.
   * @throws ORGANIZATION_NOT_FOUND, PURGE_TOO_EARLY for one that is named
   */
  async purge({ organization, graceDays, isDryRun }: PurgeOptions): Promise<PurgedOrganization[]> {
    const reason = `look for organizations to purge (${organization?.slice(0, 60) ?? 'all'}, ${graceDays} days)`;
    const found = await this.contexts.runUnscoped(reason, () => this.repository.list(organization, graceDays));
    if (organization !== undefined && found.length === 0) throw new OrganizationNotFoundError();
    if (organization !== undefined && !found[0]?.isDue) throw purgeTooEarly(graceDays);
    const purged: PurgedOrganization[] = [];
    for (const { id, slug, deactivatedAt } of found.filter(({ isDue }) => isDue)) {
      const rows = isDryRun ? await this.count(id) : await this.delete({ id, slug }, graceDays);
      if (rows) purged.push({ id, slug, deactivatedAt, rows });
    }
    return purged;
  }

  private async count(id: string): Promise<RowCounts> {
    return await this.contexts.runUnscoped(`count the rows of ${id} before a purge`, () => this.repository.count(id));
  }

  private async delete(
    { id, slug }: Pick<InactiveOrganization, 'id' | 'slug'>,
    graceDays: number,
  ): Promise<RowCounts | null> {
    const reason = `purge the organization ${slug} (${id})`;
    const rows = await this.contexts.runUnscoped(reason, () => this.repository.delete(id, graceDays));
    if (!rows) return null;
    await this.logs.forget(id);
    const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
    const tombstone = { action: 'organization.purged', organizationId: id, reason: `${slug}: ${total} rows` };
    await this.events.record({ ...tombstone, outcome: 'SUCCESS' });
    return rows;
  }
}
