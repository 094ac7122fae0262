import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { SupportSession } from '../../generated/prisma/client.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { type ListQuery, type Page, toKeyset, toPage } from '../../platform/http/pagination.js';
import { OrganizationContextService, type SupportAccess, SupportDesk } from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import { OrganizationService } from '../organizations/organization.service.js';
import type { OpenSupportSession } from './support.dto.js';
import { supportSessionOver } from './support.errors.js';
import { SupportSessionRepository } from './support-session.repository.js';

const DEFAULT_MINUTES = 60;

/** What an organization sees of the platform's people, and what lets them in. */
@Injectable()
export class SupportSessionService extends SupportDesk {
  constructor(
    private readonly repository: SupportSessionRepository,
    private readonly organizations: OrganizationService,
    private readonly transactions: TransactionService,
    private readonly contexts: OrganizationContextService,
    private readonly audit: AuditService,
  ) {
    super();
  }

  override async find(userId: string, organization: string): Promise<SupportAccess | null> {
    const access = await this.repository.findLive(userId, organization);
    // Never OWNER: support cannot agree to itself, give the organization away or close it.
    return access && { ...access, role: 'ADMIN' };
  }

  /** Opens a session of a person of the platform in the current organization. */
  async open(user: { id: string; email: string }, input: OpenSupportSession): Promise<SupportSession> {
    return await this.transactions.run(async () => {
      const { requiresSupportApproval } = await this.organizations.getCurrent();
      const session = await this.repository.add({
        id: uuidv7(),
        userId: user.id,
        userEmail: user.email,
        reason: input.reason,
        isReadOnly: input.isReadOnly ?? true,
        approval: requiresSupportApproval ? 'PENDING' : 'NOT_NEEDED',
        expiresAt: new Date(Date.now() + (input.minutes ?? DEFAULT_MINUTES) * 60_000),
      });
      await this.record('support.opened', session);
      return session;
    });
  }

  /** Lists who of the platform works or worked in the current organization. */
  async list(query: ListQuery): Promise<Page<SupportSession>> {
    const page = { ...query, includeInactive: true };
    return toPage(await this.repository.list({}, toKeyset(page)), page, (row) => row);
  }

  /** @throws SUPPORT_SESSION_NOT_FOUND, SUPPORT_SESSION_OVER */
  async approve(id: string): Promise<SupportSession> {
    const { actor } = this.contexts.requireOrganization();
    return await this.change(
      { id, approval: 'PENDING' },
      { approval: 'GIVEN', approvedBy: actor.id },
      'support.approved',
    );
  }

  /** Ends a session: from the next request on the organization is closed to it. */
  async end(id: string): Promise<void> {
    const { actor } = this.contexts.requireOrganization();
    await this.change({ id }, { endedAt: new Date(), endedBy: actor.id }, 'support.ended');
  }

  private async change(
    where: { id: string; approval?: string },
    data: Parameters<SupportSessionRepository['updateOpen']>[1],
    action: string,
  ): Promise<SupportSession> {
    return await this.transactions.run(async () => {
      await this.repository.get(where.id);
      const session = await this.repository.updateOpen(where, data);
      if (!session) throw supportSessionOver();
      await this.record(action, session);
      return session;
    });
  }

  private async record(action: string, { id, reason, isReadOnly }: SupportSession): Promise<void> {
    const fields = [isReadOnly ? 'read-only' : 'writing'];
    await this.audit.record({ action, entity: 'SupportSession', entityId: id, reason, fields });
  }
}
