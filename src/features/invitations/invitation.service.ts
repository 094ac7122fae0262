import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Invitation, Prisma } from '../../generated/prisma/client.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { versionConflict } from '../../platform/errors/general.errors.js';
import { type Page, toKeyset, toPage } from '../../platform/http/pagination.js';
import { OrganizationContextService, type Role } from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import { MembershipService } from '../memberships/membership.service.js';
import type { CreateInvitation, InvitationListQuery } from './invitation.dto.js';
import { invitationClosed, invitationPending } from './invitation.errors.js';
import { InvitationMailService } from './invitation-mail.service.js';
import { InvitationRepository } from './invitation.repository.js';
import { createInvitationToken, hashInvitationToken } from './invitation-token.js';
import type { InvitationState, IssuedInvitation } from './invitation.types.js';

const LIFETIME_MS = 7 * 24 * 60 * 60 * 1_000;

/** Who is asked to join the current organization. */
@Injectable()
export class InvitationService {
  constructor(
    private readonly repository: InvitationRepository,
    private readonly memberships: MembershipService,
    private readonly transactions: TransactionService,
    private readonly contexts: OrganizationContextService,
    private readonly mail: InvitationMailService,
    private readonly audit: AuditService,
  ) {}

  async list(query: InvitationListQuery): Promise<Page<Invitation>> {
    const filter = query.state ? inState(query.state) : query.includeInactive ? {} : { state: 'PENDING' };
    return toPage(await this.repository.list(filter, toKeyset(query)), query, (row) => row);
  }

  /** @throws INVITATION_NOT_FOUND */
  async get(id: string): Promise<Invitation> {
    return await this.repository.get(id);
  }

  /**
   * Invites an address for seven days. The answer does not tell whether it has an account.
   * @throws ROLE_ABOVE_OWN, ALREADY_MEMBER, INVITATION_PENDING
   * @throws DEPENDENCY_UNAVAILABLE if the mail could not be sent; the invitation stays, to be sent again.
   */
  async create({ email, role }: CreateInvitation): Promise<IssuedInvitation> {
    this.memberships.requireRank(role);
    await this.memberships.requireStranger(email);
    const { token, ...issue } = this.issue();
    const invitation = await this.transactions.run(async () => {
      await this.repository.closeExpired(email);
      const added = await this.repository.add({ id: uuidv7(), email, role, ...issue });
      if (!added) throw invitationPending();
      await this.record('invitation.created', added, ['role', role]);
      return added;
    });
    return await this.mail.deliver(invitation, token);
  }

  /**
   * Sends a pending or expired invitation again, for another seven days and in the name of the person who asks. The
   * token that was sent before is worth nothing any more.
   * @throws INVITATION_NOT_FOUND, INVITATION_CLOSED, ROLE_ABOVE_OWN, ALREADY_MEMBER
   */
  async resend(id: string): Promise<IssuedInvitation> {
    const { email } = await this.require(id);
    await this.memberships.requireStranger(email);
    const { token, ...issue } = this.issue();
    return await this.mail.deliver(await this.change(id, undefined, issue, 'invitation.resent'), token);
  }

  /** @throws INVITATION_NOT_FOUND, INVITATION_CLOSED, ROLE_ABOVE_OWN, VERSION_CONFLICT */
  async revoke(id: string, version: number | undefined): Promise<void> {
    await this.require(id);
    await this.change(id, version, { state: 'REVOKED' }, 'invitation.revoked');
  }

  private issue(): { token: string; tokenHash: string; expiresAt: Date; invitedById: string | null } {
    const { organizationId, actor } = this.contexts.requireOrganization();
    const token = createInvitationToken(organizationId);
    const expiresAt = new Date(Date.now() + LIFETIME_MS);
    return { token, tokenHash: hashInvitationToken(token), expiresAt, invitedById: actor.id };
  }

  /** Returns an invitation that is still open, to somebody who could give its role. */
  private async require(id: string): Promise<Invitation> {
    const invitation = await this.repository.get(id);
    this.memberships.requireRank(invitation.role as Role);
    if (invitation.state !== 'PENDING') throw invitationClosed();
    return invitation;
  }

  private async change(
    id: string,
    version: number | undefined,
    data: Prisma.InvitationUncheckedUpdateManyInput,
    action: string,
  ): Promise<Invitation> {
    return await this.transactions.run(async () => {
      const invitation = await this.repository.update(id, version, data);
      if (!invitation) throw version === undefined ? invitationClosed() : versionConflict();
      await this.record(action, invitation);
      return invitation;
    });
  }

  private async record(action: string, { id }: Invitation, fields: readonly string[] = []): Promise<void> {
    await this.audit.record({ action, entity: 'Invitation', entityId: id, fields });
  }
}

function inState(state: InvitationState): Prisma.InvitationWhereInput {
  const now = new Date();
  if (state === 'PENDING') return { state, expiresAt: { gt: now } };
  return state === 'EXPIRED' ? { OR: [{ state }, { state: 'PENDING', expiresAt: { lte: now } }] } : { state };
}
