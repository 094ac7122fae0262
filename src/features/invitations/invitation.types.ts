import type { Invitation } from '../../generated/prisma/client.js';
import type { OrganizationSummary, Role } from '../../tenancy/index.js';

export const INVITATION_STATES = ['PENDING', 'ACCEPTED', 'REVOKED', 'EXPIRED'] as const;
export type InvitationState = (typeof INVITATION_STATES)[number];

/** Tells what has become of an invitation; one that nobody accepted in time is expired without anybody's doing. */
export function stateOf(
  { state, expiresAt }: Pick<Invitation, 'state' | 'expiresAt'>,
  now = new Date(),
): InvitationState {
  return state === 'PENDING' && expiresAt <= now ? 'EXPIRED' : (state as InvitationState);
}

/** An invitation that was just sent. */
export interface IssuedInvitation {
  readonly invitation: Invitation;
  /** Null where mail is configured: then only the invited person gets it. */
  readonly token: string | null;
}

/** What somebody joined by accepting. */
export interface Acceptance {
  readonly organization: Pick<OrganizationSummary, 'id' | 'slug' | 'name'>;
  readonly membershipId: string;
  readonly userId: string;
  readonly email: string;
  readonly role: Role;
}
