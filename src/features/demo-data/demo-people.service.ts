import { Injectable } from '@nestjs/common';
import { AppError } from '../../platform/errors/app-error.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { MembershipService } from '../memberships/membership.service.js';
import { OrganizationService } from '../organizations/organization.service.js';
import { OwnOrganizationsService } from '../organizations/own-organizations.service.js';
import type { OrganizationOverview } from '../organizations/organization.types.js';
import { UserService } from '../users/user.service.js';
import { DEMO_MEMBERS, DEMO_ORGANIZATIONS, DEMO_PASSWORD, DEMO_SUPERUSER, DEMO_USERS } from './demo-content.js';

/** Users, organizations and memberships of the demo. Each step skips what is there, so that a broken-off seed is completed. */
@Injectable()
export class DemoPeopleService {
  constructor(
    private readonly users: UserService,
    private readonly organizations: OrganizationService,
    private readonly existing: OwnOrganizationsService,
    private readonly memberships: MembershipService,
    private readonly contexts: OrganizationContextService,
  ) {}

  /** Tells whether the database holds nothing but (a part of) the demo. */
  async isEmptyOrBrokenOff(): Promise<boolean> {
    const slugs: readonly string[] = DEMO_ORGANIZATIONS.map(({ slug }) => slug);
    const existing = await this.overview();
    return (
      existing.every(({ slug }) => slugs.includes(slug)) &&
      (await this.users.findByEmail(DEMO_SUPERUSER.email)) === null
    );
  }

  async createOrganizations(): Promise<void> {
    for (const user of DEMO_USERS) await this.users.getOrCreate({ ...user, password: DEMO_PASSWORD });
    const existing = (await this.overview()).map(({ slug }) => slug);
    for (const { slug, name, owner } of DEMO_ORGANIZATIONS) {
      if (!existing.includes(slug))
        await this.organizations.create((await this.users.getByEmail(owner)).id, { slug, name });
      await this.contexts.withOrganization(slug, () => this.addMembers(slug));
    }
  }

  async createSuperuser(): Promise<void> {
    await this.users.getOrCreate({ ...DEMO_SUPERUSER, password: DEMO_PASSWORD, platformRole: 'SUPERUSER' });
  }

  /** Returns the organizations with their counts, read back from the database. */
  async overview(): Promise<OrganizationOverview[]> {
    return await this.existing.listAll('seed the demo data (db:seed)');
  }

  private async addMembers(slug: keyof typeof DEMO_MEMBERS): Promise<void> {
    for (const { email, role } of DEMO_MEMBERS[slug]) {
      await this.memberships.create({ email, role }).catch((error: unknown) => {
        if (!(error instanceof AppError) || error.code !== 'ALREADY_MEMBER') throw error;
      });
    }
  }
}
