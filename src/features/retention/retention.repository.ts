import { Injectable } from '@nestjs/common';
import { SystemDatabase } from '../../platform/database/system-database.js';
import type { RetentionRule } from './retention.policy.js';

/** So that no statement holds locks for long. */
const REMOVED_AT_ONCE = 5_000;
const BEFORE = 'now() - make_interval(days => $2)';

/** Outdated rows of the product. Answers inside runUnscoped only. */
@Injectable()
export class RetentionRepository {
  constructor(private readonly system: SystemDatabase) {}

  async count(rule: RetentionRule, days: number): Promise<number> {
    const text = `SELECT count(*)::int AS count FROM ${rule.table} t WHERE ${conditionOf(rule)}`;
    return await this.ask(text, days);
  }

  /** Removes them, a part at a time. Rows that somebody holds stay until the next time. */
  async remove(rule: RetentionRule, days: number): Promise<number> {
    const key = rule.key.join(', ');
    const text = `
      WITH removed AS (
        DELETE FROM ${rule.table} WHERE product = $1 AND (${key}) IN (
          SELECT ${key} FROM ${rule.table} t WHERE ${conditionOf(rule)} LIMIT ${REMOVED_AT_ONCE} FOR UPDATE SKIP LOCKED)
        RETURNING 1)
      SELECT count(*)::int AS count FROM removed`;
    let sum = 0;
    for (let count = REMOVED_AT_ONCE; count === REMOVED_AT_ONCE; sum += count) count = await this.ask(text, days);
    return sum;
  }

  private async ask(text: string, days: number): Promise<number> {
    return (await this.system.query<{ count: number }>(text, days))[0]?.count ?? 0;
  }
}

function conditionOf({ isOutdated }: RetentionRule): string {
  return `t.product = $1 AND ${isOutdated.replaceAll('$before', BEFORE)}`;
}
