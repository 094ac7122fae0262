import { Injectable } from '@nestjs/common';
import { type Page, toPage, toPosition } from '../../platform/http/pagination.js';
import { OrganizationContextService, type Role, ROLES } from '../../tenancy/index.js';
import type { OrganizationListQuery } from './organization.dto.js';
import type { OrganizationOverview, OwnOrganization } from './organization.types.js';
import { OwnOrganizationsRepository } from './own-organizations.repository.js';

/** Which organizations there are, for one person, and for operations. */
@Injectable()
export class OwnOrganizationsService {
  constructor(
    private readonly repository: OwnOrganizationsRepository,
    private readonly contexts: OrganizationContextService,
  ) {}

  /** Lists the organizations that the person belongs to. */
  async listOwn(userId: string, query: OrganizationListQuery): Promise<Page<OwnOrganization>> {
    const roles = query.role?.map((role) => role.toUpperCase() as Role) ?? [...ROLES];
    const rows = await this.repository.list(userId, { ...query, roles, after: toPosition(query) });
    return toPage(rows, query, (row) => row);
  }

  /** Lists every organization of the product. On record as unscoped work. */
  async listAll(reason: string): Promise<OrganizationOverview[]> {
    return await this.contexts.runUnscoped(reason, () => this.repository.listAll());
  }
}
