import { Injectable } from '@nestjs/common';
import type { Organization } from '../../generated/prisma/client.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { resourceNotFound } from '../../platform/errors/general.errors.js';
import {
  createContext,
  OrganizationContextService,
  OrganizationNotFoundError,
  RoleTooLowError,
} from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import { SecurityEventService } from '../audit/security-event.service.js';
import { OrganizationRepository } from './organization.repository.js';
import { OwnOrganizationsRepository } from './own-organizations.repository.js';

/**
 * The way back for an organization that nobody can enter any more.
 * @see docs/decisions/2026-11-23-restoring-an-organization.md
 */
@Injectable()
export class RestorationService {
  constructor(
    private readonly repository: OrganizationRepository,
    private readonly own: OwnOrganizationsRepository,
    private readonly transactions: TransactionService,
    private readonly contexts: OrganizationContextService,
    private readonly audit: AuditService,
    private readonly events: SecurityEventService,
  ) {}

  /**
   * Restores a deactivated organization on behalf of one of its owners; one that is active stays as it is.
   * @throws ORGANIZATION_NOT_FOUND if the person does not belong to it, or it was purged
   * @throws ROLE_TOO_LOW for members who are no owners
   */
  async restore(userId: string, organizationId: string): Promise<Organization> {
    const entry = this.contexts.require('RestorationService.restore');
    const role = await this.own.findRole(userId, organizationId);
    if (role !== 'OWNER') {
      const refusal = role === null ? new OrganizationNotFoundError() : new RoleTooLowError('OWNER');
      await this.events.recordRefusal(entry, refusal.code, organizationId);
      throw refusal;
    }
    const inside = createContext({ ...entry, organizationId, role });
    return await this.contexts.run(inside, () => this.transactions.run(() => this.activate()));
  }

  private async activate(): Promise<Organization> {
    const restored = await this.repository.restore();
    if (restored) {
      await this.audit.record({ action: 'organization.restored', entity: 'Organization', entityId: restored.id });
    }
    const organization = restored ?? (await this.repository.find());
    if (!organization) throw resourceNotFound('organization');
    return organization;
  }
}
