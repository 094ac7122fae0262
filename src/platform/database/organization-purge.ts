import { Injectable } from '@nestjs/common';
import { modelMap } from '../../generated/model-map.js';
import { joinScopes, scopePolicy } from '../../tenancy/index.js';
import { SystemDatabase } from './system-database.js';

/** Rows of one organization, by table. */
export type RowCounts = Readonly<Record<string, number>>;

/** Every table that organizations have rows in: one that a later migration adds is among them by itself. */
const TABLES = [...joinScopes(modelMap, scopePolicy).values()]
  .filter(({ name, scope }) => {
    if (scope.scope === 'ORGANIZATION') return name !== 'Organization';
    return scope.scope === 'PRODUCT' && scope.purgedBy !== undefined;
  })
  .map(({ table }) => table);

/** Deletes what an organization owns, for good. Answers inside runUnscoped only. */
@Injectable()
export class OrganizationPurge {
  constructor(private readonly system: SystemDatabase) {}

  async count(organizationId: string): Promise<RowCounts> {
    const counts = TABLES.map((table) => `(SELECT count(*)::int FROM ${table} WHERE organization_id = $2) AS ${table}`);
    const text = `SELECT ${counts.join(', ')} WHERE $1::text IS NOT NULL`;
    return (await this.system.query<RowCounts>(text, organizationId))[0] ?? {};
  }

  /**
   * Deletes an organization that was deactivated at least so many days ago, with all that it owns; people stay.
   * @returns the number of deleted rows by table, or null if the organization is not there, active, or too young
   * @remarks One statement, so all or nothing, and at most the role's 60 s. PostgreSQL checks foreign keys after it, so
   * the order of the tables does not matter. The condition is part of it: an owner who restores meanwhile wins.
   */
  async delete(organizationId: string, graceDays: number): Promise<RowCounts | null> {
    const deletions = TABLES.map(
      (table) => `from_${table} AS (DELETE FROM ${table} t USING doomed d WHERE t.organization_id = d.id RETURNING 1)`,
    );
    const counts = TABLES.map((table) => `(SELECT count(*)::int FROM from_${table}) AS ${table}`);
    const text = `
      WITH doomed AS MATERIALIZED (
        SELECT id FROM organizations
         WHERE product = $1 AND id = $2 AND NOT is_active AND deleted_at <= now() - make_interval(days => $3) FOR UPDATE),
      ${deletions.join(',\n      ')},
      homes AS (UPDATE users u SET home_organization_id = NULL FROM doomed d WHERE u.home_organization_id = d.id RETURNING 1),
      gone AS (DELETE FROM organizations o USING doomed d WHERE o.id = d.id RETURNING 1)
      SELECT (SELECT count(*)::int FROM gone) AS organizations, ${counts.join(', ')}`;
    const [deleted] = await this.system.query<RowCounts>(text, organizationId, graceDays);
    return deleted?.['organizations'] === 1 ? deleted : null;
  }
}
