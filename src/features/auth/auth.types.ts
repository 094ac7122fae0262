import type { User } from '../users/user.types.js';
import type { Role } from '../../tenancy/index.js';

/** An organization that a log-in can work in. */
export interface LoginOrganization {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly role: Role;
}

/** What a log-in hands out. */
export interface Login {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
  readonly user: User;
  readonly organizations: readonly LoginOrganization[];
  readonly activeOrganizationId: string | null;
}

/** A log-in as its owner sees it. */
export interface SessionOverview {
  readonly id: string;
  readonly userAgent: string | null;
  readonly ipAddress: string | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
  /** False if it has ended or expired. */
  readonly isActive: boolean;
  /** The log-in that asks. */
  readonly isCurrent: boolean;
}
