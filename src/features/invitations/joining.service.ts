import { Injectable } from '@nestjs/common';
import type { Invitation } from '../../generated/prisma/client.js';
import { createContext, OrganizationContextService, type Role, ROLES } from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import { MembershipService } from '../memberships/membership.service.js';
import { OrganizationService } from '../organizations/organization.service.js';
import type { User } from '../users/user.types.js';
import { invitationInvalid } from './invitation.errors.js';
import type { Acceptance } from './invitation.types.js';

/** What an invited person gets in the organization, and whether it is still to be had. */
@Injectable()
export class JoiningService {
  constructor(
    private readonly memberships: MembershipService,
    private readonly organizations: OrganizationService,
    private readonly contexts: OrganizationContextService,
    private readonly audit: AuditService,
  ) {}

  /** Holds members and organization as they are until the transaction ends. @throws INVITATION_INVALID if it is inactive */
  async lock(): Promise<void> {
    if (!(await this.memberships.tryLock())) throw invitationInvalid();
  }

  /** Tells whether the organization is active, and the inviter in it could give this role today. */
  async isStillGiven({ invitedById, role }: Invitation): Promise<boolean> {
    const inviter = invitedById === null ? null : await this.memberships.findActive(invitedById);
    if (!inviter || !(await this.organizations.getCurrent()).isActive) return false;
    const rank = ROLES.indexOf(inviter.role as Role);
    return rank >= ROLES.indexOf('ADMIN') && rank >= ROLES.indexOf(role as Role);
  }

  /** Makes the person a member, on record as the person's own act; part of the caller's transaction. */
  async join(user: User, { id, role, invitedById }: Invitation): Promise<Acceptance> {
    const context = this.contexts.requireOrganization('JoiningService.join');
    const asUser = createContext({ ...context, actor: { type: 'user', id: user.id } });
    return await this.contexts.run(asUser, async () => {
      const member = { userId: user.id, email: user.email, role: role as Role, invitedById };
      const membershipId = await this.memberships.add(member);
      await this.audit.record({ action: 'invitation.accepted', entity: 'Invitation', entityId: id });
      const { id: organizationId, slug, name } = await this.organizations.getCurrent();
      const organization = { id: organizationId, slug, name };
      return { organization, membershipId, userId: user.id, email: user.email, role: member.role };
    });
  }
}
