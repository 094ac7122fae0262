import { Injectable } from '@nestjs/common';
import type { Organization } from '../../generated/prisma/client.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { resourceNotFound, versionConflict } from '../../platform/errors/general.errors.js';
import { AuditService } from '../audit/audit.service.js';
import { MembershipService } from '../memberships/membership.service.js';
import { OrganizationRepository } from './organization.repository.js';

/** Which of its owners an organization names. */
@Injectable()
export class OwnershipService {
  constructor(
    private readonly repository: OrganizationRepository,
    private readonly memberships: MembershipService,
    private readonly transactions: TransactionService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Hands the current organization over to an active member, who becomes OWNER. The former owner stays OWNER.
   * @throws MEMBER_NOT_FOUND, VERSION_CONFLICT
   */
  async transfer(userId: string, version: number | undefined): Promise<Organization> {
    return await this.transactions.run(async () => {
      const formerId = await this.memberships.lock();
      const heir = await this.memberships.makeOwner(userId);
      if (formerId === userId) return await this.keep(version);
      const organization = await this.repository.update(version, { ownerId: userId });
      if (!organization) throw versionConflict();
      const former = await this.memberships.findActive(formerId);
      await this.audit.record({ action: 'ownership.given', entity: 'Membership', entityId: former?.id ?? null });
      await this.audit.record({ action: 'ownership.received', entity: 'Membership', entityId: heir.id });
      return organization;
    });
  }

  private async keep(version: number | undefined): Promise<Organization> {
    const organization = await this.repository.find();
    if (!organization) throw resourceNotFound('organization');
    if (version !== undefined && version !== organization.version) throw versionConflict();
    return organization;
  }
}
