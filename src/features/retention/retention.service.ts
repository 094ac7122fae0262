import { Injectable } from '@nestjs/common';
import { Configuration } from '../../platform/config/configuration.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { RETENTION_POLICY } from './retention.policy.js';
import { RetentionRepository } from './retention.repository.js';

/** Rows of a table that were removed, or would be. */
export interface OutdatedRows {
  readonly table: string;
  readonly keptDays: number;
  readonly rows: number;
}

/** Removes what is kept for a time only, of the whole product. */
@Injectable()
export class RetentionService {
  constructor(
    private readonly configuration: Configuration,
    private readonly contexts: OrganizationContextService,
    private readonly repository: RetentionRepository,
  ) {}

  /**
   * Removes rows whose time is over; interrupted, the next call goes on.
   * @remarks On record as unscoped work. Any number of processes may do it together.
   */
  async removeOutdated({ isDryRun }: { readonly isDryRun: boolean }): Promise<OutdatedRows[]> {
    const reason = `${isDryRun ? 'count' : 'remove'} rows that are kept for a time only`;
    return await this.contexts.runUnscoped(reason, async () => {
      const removed: OutdatedRows[] = [];
      for (const rule of RETENTION_POLICY) {
        const keptDays = this.configuration.get(rule.days);
        const rows = await this.repository[isDryRun ? 'count' : 'remove'](rule, keptDays);
        removed.push({ table: rule.table, keptDays, rows });
      }
      return removed;
    });
  }
}
