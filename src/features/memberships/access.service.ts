import { Injectable } from '@nestjs/common';
import {
  type Access,
  type Actor,
  type ActorClaim,
  MembershipResolver,
  type OrganizationContext,
  OrganizationContextService,
  OrganizationNotFoundError,
  type OrganizationSummary,
  ROLES,
  UnauthenticatedError,
} from '../../tenancy/index.js';
import { UserService } from '../users/user.service.js';
import { AccessRepository } from './access.repository.js';
import { KeyAccessService } from './key-access.service.js';

/** Answers who belongs where, for the doors. */
@Injectable()
export class AccessService extends MembershipResolver {
  constructor(
    private readonly repository: AccessRepository,
    private readonly contexts: OrganizationContextService,
    private readonly users: UserService,
    private readonly keys: KeyAccessService,
  ) {
    super();
  }

  override async resolve(claim: ActorClaim, organization: string | undefined): Promise<Access> {
    const { actor, sessionId } = claim;
    if (actor.type === 'apiKey') return await this.keys.resolve(actor, claim.keyDigest ?? '', organization);
    const row =
      actor.id === null || sessionId === null
        ? null
        : await this.repository.findStanding(actor.id, sessionId, organization);
    if (!row) throw new UnauthenticatedError('This log-in has ended. Log in again.');
    const isNamed = organization !== undefined || row.activeOrganizationId !== null;
    const { organizationId, slug, name, role, standsUntil } = row;
    if (organizationId === null || slug === null || name === null || role === null) {
      return { actor, organization: null, role: null, isNamed, standsUntil };
    }
    return { actor, organization: { id: organizationId, slug, name }, role, isNamed, standsUntil };
  }

  override async find(
    context: OrganizationContext,
    organization: string,
  ): Promise<Access & { organization: OrganizationSummary }> {
    const { actor } = context;
    if (actor.type === 'system') {
      const reason = `find the organization ${organization.slice(0, 60)} for ${context.entryPoint}`;
      const found = await this.contexts.runUnscoped(reason, () => this.repository.findAny(organization));
      if (!found) throw new OrganizationNotFoundError();
      return { actor, organization: found, role: null, isNamed: true };
    }
    if (actor.type === 'apiKey') {
      const access = await this.keys.find(actor, organization);
      if (!access?.organization) throw new OrganizationNotFoundError();
      return { ...access, organization: access.organization };
    }
    const found = actor.id === null ? null : await this.repository.findMembership(actor.id, organization);
    if (!found) throw new OrganizationNotFoundError();
    const { role, ...summary } = found;
    return { actor, organization: summary, role, isNamed: true };
  }

  override async findSystemActor(): Promise<Actor> {
    return { type: 'system', id: (await this.users.getSystemUser()).id };
  }

  /** Tells whether the user belongs to the organization. */
  async userHasOrgAccess(userId: string, organization: string): Promise<boolean> {
    return (await this.repository.findMembership(userId, organization)) !== null;
  }

  /** Tells whether the user is OWNER or ADMIN of the organization. */
  async userHasAdminAccess(userId: string, organization: string): Promise<boolean> {
    const membership = await this.repository.findMembership(userId, organization);
    return membership !== null && ROLES.indexOf(membership.role) >= ROLES.indexOf('ADMIN');
  }
}
