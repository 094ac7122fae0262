import type { Role } from '../../tenancy/index.js';

/** A user's place in an organization. */
export interface MemberOf {
  readonly userId: string;
  readonly email: string;
  readonly role: Role;
  readonly invitedById: string | null;
}

/** What the organization may know of a person who belongs to it or did. */
export interface MembershipOfPerson {
  readonly id: string;
  readonly role: string;
  readonly isActive: boolean;
  readonly createdAt: Date;
  readonly deletedAt: Date | null;
  readonly user: { readonly isActive: boolean };
}
