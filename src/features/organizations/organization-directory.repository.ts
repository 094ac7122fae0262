import { Injectable } from '@nestjs/common';
import { SystemDatabase } from '../../platform/database/system-database.js';
import type { Position } from '../../platform/http/pagination.js';
import type { DirectoryEntry, SubscriptionState } from './organization.types.js';

const COLUMNS = `id, name, slug, is_active AS "isActive", deleted_at AS "deactivatedAt",
  subscription_state AS "subscriptionState", subscription_ends_at AS "subscriptionEndsAt", created_at AS "createdAt"`;

export interface DirectoryFilter {
  readonly search: string | null;
  readonly subscriptionState: SubscriptionState | null;
  readonly includeInactive: boolean;
  readonly sort: string;
  readonly limit: number;
  readonly after: Position | null;
}

/** What there is to know of organizations from outside: nothing that they own. Unscoped. */
@Injectable()
export class OrganizationDirectoryRepository {
  constructor(private readonly system: SystemDatabase) {}

  /** Returns organizations of the product, one more than `limit`. */
  async list(filter: DirectoryFilter): Promise<DirectoryEntry[]> {
    const [direction, beyond] = filter.sort.startsWith('-') ? ['DESC', '<'] : ['ASC', '>'];
    const [column, type] = filter.sort.endsWith('name') ? ['name', 'text'] : ['created_at', 'timestamptz'];
    const text = `
      SELECT ${COLUMNS} FROM organizations
       WHERE product = $1 AND (is_active OR $2) AND ($3::text IS NULL OR subscription_state = $3)
         AND ($4::text IS NULL OR name ILIKE $4 OR slug ILIKE $4)
         AND ($5::uuid IS NULL OR (${column}, id) ${beyond} ($6::${type}, $5::uuid))
       ORDER BY ${column} ${direction}, id ${direction} LIMIT $7`;
    const { includeInactive, subscriptionState, search, after, limit } = filter;
    const pattern = search === null ? null : `%${search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    const position = [after?.id ?? null, after?.value ?? null];
    return await this.system.query(text, includeInactive, subscriptionState, pattern, ...position, limit + 1);
  }
}
