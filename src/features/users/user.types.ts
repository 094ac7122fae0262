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
}

/** What a new account needs. Without a password nobody can log in to it until one is set. */
export interface NewUser {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly password?: string;
  readonly platformRole?: 'USER' | 'SUPERUSER';
}
