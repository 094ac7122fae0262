import type { Role } from '../../tenancy/index.js';

/** A user's place in an organization. */
export interface MemberOf {
  readonly userId: string;
  readonly email: string;
  readonly role: Role;
  readonly invitedById: string | null;
}
