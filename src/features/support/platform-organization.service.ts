import { Injectable } from '@nestjs/common';
import type { Page } from '../../platform/http/pagination.js';
import { OrganizationDirectoryService } from '../organizations/organization-directory.service.js';
import type { DirectoryEntry } from '../organizations/organization.types.js';
import type { PlatformOrganizationQuery } from './platform-organization.dto.js';
import { SuperuserService } from '../users/superuser.service.js';

/** The organizations as the platform sees them: from outside. */
@Injectable()
export class PlatformOrganizationService {
  constructor(
    private readonly superusers: SuperuserService,
    private readonly directory: OrganizationDirectoryService,
  ) {}

  /** @throws SUPERUSER_REQUIRED */
  async list(userId: string, { reason, ...query }: PlatformOrganizationQuery): Promise<Page<DirectoryEntry>> {
    await this.superusers.require(userId, 'platform.organizations');
    return await this.directory.list(`superuser lists organizations: ${reason}`, query);
  }
}
