import { Injectable } from '@nestjs/common';
import type { SupportSession } from '../../generated/prisma/client.js';
import { resourceNotFound } from '../../platform/errors/general.errors.js';
import { createContext, OrganizationContextService, OrganizationNotFoundError } from '../../tenancy/index.js';
import { SecurityEventService } from '../audit/security-event.service.js';
import { SuperuserService } from '../users/superuser.service.js';
import type { OpenSupportSession } from './support.dto.js';
import { SupportSessionRepository } from './support-session.repository.js';
import { SupportSessionService } from './support-session.service.js';

/** The platform's side of support sessions: a person's own, across organizations. */
@Injectable()
export class PlatformSupportService {
  constructor(
    private readonly sessions: SupportSessionService,
    private readonly repository: SupportSessionRepository,
    private readonly superusers: SuperuserService,
    private readonly contexts: OrganizationContextService,
    private readonly events: SecurityEventService,
  ) {}

  /** @throws SUPERUSER_REQUIRED, ORGANIZATION_NOT_FOUND */
  async open(userId: string, input: OpenSupportSession): Promise<SupportSession> {
    const user = await this.superusers.require(userId, 'support.open');
    return await this.inside(input.organizationId, async () => await this.sessions.open(user, input));
  }

  /** @throws SUPERUSER_REQUIRED */
  async listOwn(userId: string): Promise<SupportSession[]> {
    await this.superusers.require(userId, 'support.list');
    return await this.repository.listOwn(userId);
  }

  /** @throws SUPERUSER_REQUIRED, SUPPORT_SESSION_NOT_FOUND, SUPPORT_SESSION_OVER */
  async endOwn(userId: string, id: string): Promise<void> {
    await this.superusers.require(userId, 'support.end');
    const session = await this.repository.findOwn(userId, id);
    if (!session) throw resourceNotFound('support session');
    await this.inside(session.organizationId, async () => await this.sessions.end(id));
  }

  /** Runs `work` in an organization that the person does not belong to: it is found by the product's own account. */
  private async inside<T>(organization: string, work: () => Promise<T>): Promise<T> {
    const current = this.contexts.require('PlatformSupportService');
    const system = createContext({ ...current, actor: await this.contexts.findSystemActor() });
    const found = await this.contexts
      .run(system, () => this.contexts.withOrganization(organization, (summary) => summary))
      .catch(async (error: unknown) => {
        if (error instanceof OrganizationNotFoundError)
          await this.events.recordRefusal(current, error.code, organization);
        throw error;
      });
    return await this.contexts.run(createContext({ ...current, organizationId: found.id, role: null }), work);
  }
}
