import { Injectable } from '@nestjs/common';
import { Configuration } from '../../platform/config/configuration.js';
import { SystemDatabase } from '../../platform/database/system-database.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { RETENTION_POLICY, type RetentionRule } from './retention.policy.js';

/** Rows of a table that were removed, or would be. */
export interface OutdatedRows {
  readonly table: string;
  readonly keptDays: number;
  readonly rows: number;
}

/** So that no statement holds locks for long. */
const REMOVED_AT_ONCE = 5_000;
const BEFORE = 'now() - make_interval(days => $2)';

/** Removes what is kept for a time only, of the whole product. */
@Injectable()
export class RetentionService {
  constructor(
    private readonly configuration: Configuration,
    private readonly contexts: OrganizationContextService,
    private readonly system: SystemDatabase,
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
        const rows = isDryRun ? await this.count(rule, keptDays) : await this.remove(rule, keptDays);
        removed.push({ table: rule.table, keptDays, rows });
      }
      return removed;
    });
  }

  private async count(rule: RetentionRule, days: number): Promise<number> {
    const text = `SELECT count(*)::int AS count FROM ${rule.table} t WHERE ${conditionOf(rule)}`;
    return (await this.system.query<{ count: number }>(text, days))[0]?.count ?? 0;
  }

  private async remove(rule: RetentionRule, days: number): Promise<number> {
    const key = rule.key.join(', ');
    const text = `
      WITH removed AS (
        DELETE FROM ${rule.table} WHERE product = $1 AND (${key}) IN (
          SELECT ${key} FROM ${rule.table} t WHERE ${conditionOf(rule)} LIMIT ${REMOVED_AT_ONCE} FOR UPDATE SKIP LOCKED)
        RETURNING 1)
      SELECT count(*)::int AS count FROM removed`;
    let sum = 0;
    for (let count = REMOVED_AT_ONCE; count === REMOVED_AT_ONCE; sum += count) {
      count = (await this.system.query<{ count: number }>(text, days))[0]?.count ?? 0;
    }
    return sum;
  }
}

function conditionOf({ isOutdated }: RetentionRule): string {
  return `t.product = $1 AND ${isOutdated.replaceAll('$before', BEFORE)}`;
}
