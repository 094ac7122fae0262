import { Injectable } from '@nestjs/common';
import { AppError } from '../../platform/errors/app-error.js';
import { validationFailed } from '../../platform/errors/general.errors.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import { ClientService } from '../client-data/client.service.js';
import { MembershipService } from '../memberships/membership.service.js';
import type { MembershipOfPerson } from '../memberships/membership.types.js';
import { OrganizationService } from '../organizations/organization.service.js';
import { hasFeature } from '../organizations/organization.types.js';
import type { AccessExplanation, AccessQuestion, AccessStep } from './access-explanation.dto.js';

/** Tells why a person can or cannot work in the current organization. */
@Injectable()
export class AccessExplanationService {
  constructor(
    private readonly contexts: OrganizationContextService,
    private readonly organizations: OrganizationService,
    private readonly memberships: MembershipService,
    private readonly clients: ClientService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Follows the chain of a person's access to its first broken link.
   * @param source - where the current organization came from, in words
   * @throws VALIDATION_FAILED unless the person is named by exactly one of id and address
   * @remarks Asks as the organization only: of people who never belonged to it, it knows no more than of nobody.
   */
  async explain({ userId, email, clientId, feature }: AccessQuestion, source: string): Promise<AccessExplanation> {
    if ((userId === undefined) === (email === undefined)) throw personUnclear();
    const membership = await this.memberships.findByPerson(userId === undefined ? { email } : { userId });
    const steps = [...(await this.stepsToOrganization(source)), ...stepsOf(membership)];
    if (feature !== undefined && steps.every(({ isOk }) => isOk)) steps.push(await this.stepToFeature(feature));
    if (clientId !== undefined && steps.every(({ isOk }) => isOk)) steps.push(await this.stepToClient(clientId));
    await this.audit.record({
      action: 'access.explained',
      entity: 'Membership',
      entityId: membership?.id ?? null,
      clientId: clientId ?? null,
    });
    return { isAllowed: steps.every(({ isOk }) => isOk), steps };
  }

  private async stepsToOrganization(source: string): Promise<AccessStep[]> {
    const { product } = this.contexts.requireOrganization();
    const { slug } = await this.organizations.getCurrent();
    return [
      { step: 'product', isOk: true, detail: product },
      { step: 'organization', isOk: true, detail: `${slug}, active; chosen by ${source}` },
    ];
  }

  private async stepToFeature(feature: string): Promise<AccessStep> {
    const isOk = hasFeature(await this.organizations.getCurrent(), feature);
    return { step: 'feature', isOk, detail: `${feature} is switched ${isOk ? 'on' : 'off'} for the organization` };
  }

  /** Asked through both walls, in the context of the organization: what it cannot see, nobody in it can. */
  private async stepToClient(clientId: string): Promise<AccessStep> {
    try {
      await this.clients.requireClient(clientId, true);
      return { step: 'client', isOk: true, detail: 'an active client that the database shows to the organization' };
    } catch (error) {
      if (!(error instanceof AppError) || error.category !== 'not-found') throw error;
      return { step: 'client', isOk: false, detail: 'the database shows the organization no such active client' };
    }
  }
}

function stepsOf(membership: MembershipOfPerson | null): AccessStep[] {
  const since = (at: Date) => at.toISOString().slice(0, 10);
  if (!membership) return [{ step: 'membership', isOk: false, detail: 'none, now or before' }];
  const { isActive, createdAt, deletedAt, role, user } = membership;
  if (!isActive) {
    return [{ step: 'membership', isOk: false, detail: `removed${deletedAt ? ` on ${since(deletedAt)}` : ''}` }];
  }
  const member: AccessStep = { step: 'membership', isOk: true, detail: `an active member since ${since(createdAt)}` };
  if (!user.isActive) return [member, { step: 'user', isOk: false, detail: 'the account is deactivated' }];
  return [
    member,
    { step: 'user', isOk: true, detail: 'the account is active' },
    { step: 'role', isOk: true, detail: `${role}; docs/permissions.md lists what it allows` },
  ];
}

function personUnclear(): AppError {
  const message = 'name the person by userId or by email';
  return validationFailed([{ path: 'userId', code: 'isNamedOnce', message }]);
}
