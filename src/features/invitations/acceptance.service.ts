import { Injectable } from '@nestjs/common';
import type { Invitation } from '../../generated/prisma/client.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { AppError, type FieldProblem } from '../../platform/errors/app-error.js';
import { validationFailed } from '../../platform/errors/general.errors.js';
import { createContext, OrganizationContextService } from '../../tenancy/index.js';
import { SecurityEventService } from '../audit/security-event.service.js';
import { UserService } from '../users/user.service.js';
import type { NewUser, User } from '../users/user.types.js';
import type { AcceptInvitation } from './invitation.dto.js';
import { invitationForAnother, invitationInvalid, loginRequired } from './invitation.errors.js';
import { InvitationRepository } from './invitation.repository.js';
import { hashInvitationToken, organizationOfToken } from './invitation-token.js';
import { type Acceptance, stateOf } from './invitation.types.js';
import { JoiningService } from './joining.service.js';

/**
 * From a token to a membership. Whoever holds a token is outside every organization.
 * @see docs/decisions/2026-11-23-invitation-tokens.md
 */
@Injectable()
export class AcceptanceService {
  constructor(
    private readonly repository: InvitationRepository,
    private readonly joining: JoiningService,
    private readonly users: UserService,
    private readonly transactions: TransactionService,
    private readonly contexts: OrganizationContextService,
    private readonly events: SecurityEventService,
  ) {}

  /**
   * Accepts an invitation.
   * @param person - who is logged in; null for nobody, then an account is made from the input
   * @throws INVITATION_INVALID, INVITATION_FOR_ANOTHER, LOGIN_REQUIRED, ALREADY_MEMBER
   */
  async accept(input: AcceptInvitation, person: User | null): Promise<Acceptance> {
    const entry = this.contexts.require('AcceptanceService.accept');
    try {
      const organizationId = organizationOfToken(input.token);
      if (organizationId === null) throw invitationInvalid();
      // Only a claim so far. Inside it both walls stand, and nothing is found but by the hash of the whole token.
      const inside = createContext({ ...entry, organizationId, role: null });
      return await this.contexts.run(inside, () => this.acceptHere(input, person));
    } catch (error) {
      if (error instanceof AppError) await this.recordRefusal(error.code, person);
      throw error;
    }
  }

  private async acceptHere(input: AcceptInvitation, person: User | null): Promise<Acceptance> {
    const tokenHash = hashInvitationToken(input.token);
    const invitation = await this.repository.findByHash(tokenHash);
    if (!invitation || stateOf(invitation) !== 'PENDING') throw invitationInvalid();
    if (!(await this.joining.isStillGiven(invitation))) throw invitationInvalid();
    const account = person ?? (await this.newAccount(invitation, input));
    if (account.email !== invitation.email) throw invitationForAnother();
    const acceptance = await this.transactions.run(async () => {
      await this.joining.lock();
      // Again, now that nothing can change any more: several may have come as far as this.
      if (!(await this.repository.claim(tokenHash))) throw invitationInvalid();
      if (!(await this.joining.isStillGiven(invitation))) throw invitationInvalid();
      const user = person ?? (await this.users.create(account as NewUser));
      await this.repository.setAcceptedBy(tokenHash, user.id);
      return await this.joining.join(user, invitation);
    });
    await this.users.setHomeOrganization(acceptance.userId, acceptance.organization.id);
    return acceptance;
  }

  /** @throws LOGIN_REQUIRED if there is an account, even one without a password: whoever invites may hold the token, too. */
  private async newAccount({ email }: Invitation, input: AcceptInvitation): Promise<NewUser> {
    if (await this.users.findByEmail(email)) throw loginRequired();
    const { password, firstName, lastName } = input;
    if (password !== undefined && firstName !== undefined && lastName !== undefined) {
      return { email, password, firstName, lastName };
    }
    const missing = Object.entries({ password, firstName, lastName }).filter(([, value]) => value === undefined);
    throw validationFailed(
      missing.map(([path]): FieldProblem => ({ path, code: 'isRequired', message: 'is needed for a new account' })),
    );
  }

  private async recordRefusal(code: string, person: User | null): Promise<void> {
    await this.events.record({
      action: 'invitation.refused',
      outcome: 'DENIED',
      reason: code,
      ...(person && { actorId: person.id }),
    });
  }
}
