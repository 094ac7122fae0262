import { Injectable } from '@nestjs/common';
import { IdentityDatabase } from '../../platform/database/identity-database.js';
import type { User } from './user.types.js';

const COLUMNS = `id, email, first_name AS "firstName", last_name AS "lastName", platform_role AS "platformRole",
  home_organization_id AS "homeOrganizationId", is_active AS "isActive", created_at AS "createdAt",
  password_changed_at AS "passwordChangedAt"`;

interface UserInsert {
  readonly id: string;
  readonly email: string;
  readonly passwordHash: string | null;
  readonly firstName: string;
  readonly lastName: string;
  readonly platformRole: string;
}

@Injectable()
export class UserRepository {
  constructor(private readonly identity: IdentityDatabase) {}

  async findByEmail(email: string): Promise<(User & { passwordHash: string | null }) | null> {
    const text = `SELECT ${COLUMNS}, password_hash AS "passwordHash" FROM users WHERE product = $1 AND email = $2`;
    return (await this.identity.query<User & { passwordHash: string | null }>(null, text, email))[0] ?? null;
  }

  async findPasswordHash(id: string): Promise<string | null> {
    const text = 'SELECT password_hash AS "passwordHash" FROM users WHERE product = $1 AND id = $2';
    return (await this.identity.query<{ passwordHash: string | null }>(null, text, id))[0]?.passwordHash ?? null;
  }

  async findById(id: string): Promise<User | null> {
    return (
      (await this.identity.query<User>(null, `SELECT ${COLUMNS} FROM users WHERE product = $1 AND id = $2`, id))[0] ??
      null
    );
  }

  async findByClerkId(clerkUserId: string): Promise<User | null> {
    const text = `SELECT ${COLUMNS} FROM users WHERE product = $1 AND clerk_user_id = $2 AND platform_role <> 'SYSTEM'`;
    return (await this.identity.query<User>(null, text, clerkUserId))[0] ?? null;
  }

  /** Returns the product's own account, under which commands run. */
  async findSystemUser(): Promise<User | null> {
    const text = `SELECT ${COLUMNS} FROM users WHERE product = $1 AND clerk_user_id = 'system_' || $1 AND platform_role = 'SYSTEM'`;
    return (await this.identity.query<User>(null, text))[0] ?? null;
  }

  /** Returns the new user, or null if the address is taken. */
  async add(user: UserInsert): Promise<User | null> {
    const text = `
      INSERT INTO users (product, id, email, password_hash, first_name, last_name, platform_role)
      VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (product, email) DO NOTHING RETURNING ${COLUMNS}`;
    const values = [user.id, user.email, user.passwordHash, user.firstName, user.lastName, user.platformRole];
    return (await this.identity.query<User>(null, text, ...values))[0] ?? null;
  }

  /** Makes an organization the one that log-ins of the user start in, unless it has one. */
  async setHomeOrganization(userId: string, organizationId: string): Promise<void> {
    const text = `UPDATE users SET home_organization_id = $3, updated_at = now()
                   WHERE product = $1 AND id = $2 AND home_organization_id IS NULL`;
    await this.identity.query(userId, text, userId, organizationId);
  }
}
