import { Injectable } from '@nestjs/common';
import { IdentityDatabase } from '../../platform/database/identity-database.js';
import { SystemDatabase } from '../../platform/database/system-database.js';
import type { Role } from '../../tenancy/index.js';
import type { OrganizationOverview, OwnOrganization } from './organization.types.js';

const COLUMNS = `o.id, o.name, o.slug, o.email, o.owner_id AS "ownerId", o.features, o.is_active AS "isActive",
  o.subscription_state AS "subscriptionState", o.subscription_ends_at AS "subscriptionEndsAt", o.version,
  o.created_at AS "createdAt", o.updated_at AS "updatedAt"`;
const SORT_COLUMNS: Readonly<Record<string, string>> = { name: 'o.name', createdAt: 'o.created_at' };

export interface OwnOrganizationFilter {
  readonly roles: readonly Role[];
  readonly includeInactive: boolean;
  readonly sort: string;
  readonly limit: number;
  readonly after: { readonly value: string; readonly id: string } | null;
}

/** Organizations of one person, and for operations those of everybody. */
@Injectable()
export class OwnOrganizationsRepository {
  constructor(
    private readonly identity: IdentityDatabase,
    private readonly system: SystemDatabase,
  ) {}

  /** Returns the organizations in which the user has one of the roles, one more than `limit`. */
  async list(userId: string, filter: OwnOrganizationFilter): Promise<OwnOrganization[]> {
    const isDescending = filter.sort.startsWith('-');
    const column = SORT_COLUMNS[filter.sort.replace(/^-/, '')] ?? 'o.created_at';
    const [direction, beyond] = isDescending ? ['DESC', '<'] : ['ASC', '>'];
    const type = column === 'o.name' ? 'text' : 'timestamptz';
    const text = `
      SELECT ${COLUMNS}, m.role FROM memberships m JOIN organizations o ON o.id = m.organization_id
       WHERE m.product = $1 AND m.user_id = $2 AND m.is_active AND m.role = ANY ($3) AND (o.is_active OR $4)
         AND ($5::uuid IS NULL OR (${column}, o.id) ${beyond} ($6::${type}, $5::uuid))
       ORDER BY ${column} ${direction}, o.id ${direction} LIMIT $7`;
    const { roles, includeInactive, after, limit } = filter;
    const position = [after?.id ?? null, after?.value ?? null];
    return await this.identity.query<OwnOrganization>(
      userId,
      text,
      userId,
      [...roles],
      includeInactive,
      ...position,
      limit + 1,
    );
  }

  /** Returns the role of an active member in an organization, whether that is active or not; null for others. */
  async findRole(userId: string, organizationId: string): Promise<Role | null> {
    const text = `
      SELECT m.role FROM memberships m JOIN organizations o ON o.id = m.organization_id AND o.product = m.product
       WHERE m.product = $1 AND m.user_id = $2 AND m.organization_id = $3 AND m.is_active`;
    return (await this.identity.query<{ role: Role }>(userId, text, userId, organizationId))[0]?.role ?? null;
  }

  /** Returns every organization of the product. Unscoped. */
  async listAll(): Promise<OrganizationOverview[]> {
    return await this.system.query<OrganizationOverview>(`
      SELECT ${COLUMNS},
             (SELECT count(*)::int FROM memberships m WHERE m.organization_id = o.id AND m.is_active) AS "memberCount",
             (SELECT count(*)::int FROM businesses b WHERE b.organization_id = o.id AND b.is_active) AS "businessCount",
             (SELECT count(*)::int FROM integrations i WHERE i.organization_id = o.id AND i.is_active) AS "integrationCount",
             (SELECT count(*)::int FROM clients c WHERE c.organization_id = o.id AND c.is_active) AS "clientCount"
        FROM organizations o WHERE o.product = $1 ORDER BY o.slug`);
  }
}
