/** A person or system account of the product. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly platformRole: 'USER' | 'SUPERUSER' | 'SYSTEM';
  readonly homeOrganizationId: string | null;
  readonly isActive: boolean;
  readonly createdAt: Date;
  /** Null until it is changed for the first time. Tells a session that was proved with the password before. */
  readonly passwordChangedAt: Date | null;
}

/** What a new account needs. Without a password nobody can log in to it until one is set. */
export interface NewUser {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly password?: string;
  readonly platformRole?: 'USER' | 'SUPERUSER';
}
