import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { LeakedPasswords } from '../../platform/crypto/leaked-passwords.js';
import { PasswordHasher } from '../../platform/crypto/password-hasher.js';
import { resourceNotFound, validationFailed } from '../../platform/errors/general.errors.js';
import { SecurityEventService } from '../audit/security-event.service.js';
import { leakedProblem, passwordProblems } from './password-rules.js';
import { emailTaken } from './user.errors.js';
import { UserRepository } from './user.repository.js';
import type { NewUser, User } from './user.types.js';

/** The people of the product. */
@Injectable()
export class UserService {
  constructor(
    private readonly repository: UserRepository,
    private readonly hasher: PasswordHasher,
    private readonly leaked: LeakedPasswords,
    private readonly events: SecurityEventService,
  ) {}

  /**
   * Creates an account.
   * @throws EMAIL_TAKEN if the product has one with this address.
   * @throws VALIDATION_FAILED if the password is easy to guess.
   */
  async create(user: NewUser): Promise<User> {
    const created = await this.add(user);
    if (!created) throw emailTaken();
    return created;
  }

  /** Returns the account with this address, and creates it if there is none. The answer does not tell which. */
  async getOrCreate(user: NewUser): Promise<User> {
    const found = (await this.findByEmail(user.email)) ?? (await this.add(user));
    return found ?? (await this.getByEmail(user.email));
  }

  /** @throws USER_NOT_FOUND */
  async getById(id: string): Promise<User> {
    const user = await this.repository.findById(id);
    if (!user) throw resourceNotFound('user');
    return user;
  }

  /** @throws USER_NOT_FOUND */
  async getByEmail(email: string): Promise<User> {
    const user = await this.findByEmail(email);
    if (!user) throw resourceNotFound('user');
    return user;
  }

  /**
   * Returns the account of a person by its id at Clerk: to that person, and to superusers.
   * @throws USER_NOT_FOUND also to everybody else, so that nobody learns who has an account
   */
  async getByClerkId(clerkUserId: string, askedBy: string): Promise<User> {
    const [user, asker] = await Promise.all([
      this.repository.findByClerkId(clerkUserId),
      this.repository.findById(askedBy),
    ]);
    if (!user || (user.id !== askedBy && asker?.platformRole !== 'SUPERUSER')) throw resourceNotFound('user');
    return user;
  }

  /** Returns the account with this address, or null. */
  async findByEmail(email: string): Promise<User | null> {
    const found = await this.repository.findByEmail(email.trim().toLowerCase());
    return found && withoutPassword(found);
  }

  /** Returns the account under which commands act. */
  async getSystemUser(): Promise<User> {
    const user = await this.repository.findSystemUser();
    if (!user) throw resourceNotFound('user');
    return user;
  }

  /** Returns the active user whose address and password these are, or null. Takes the same time for unknown addresses. */
  async findByPassword(email: string, password: string): Promise<User | null> {
    const user = await this.repository.findByEmail(email);
    const isRight = await this.hasher.verify(password, user?.passwordHash ?? null);
    if (!user || !isRight || !user.isActive) return null;
    return withoutPassword(user);
  }

  /** Tells whether it is the user's password. Takes the same time for a user who has none. */
  async isPasswordOf(user: User, password: string): Promise<boolean> {
    return await this.hasher.verify(password, await this.repository.findPasswordHash(user.id));
  }

  /**
   * Returns what is stored of a new password.
   * @param path - the field that it came in
   * @throws VALIDATION_FAILED if it is easy to guess, or known from a leak.
   */
  async hashPassword(password: string, email: string, path: string): Promise<string> {
    const problems = passwordProblems(password, email, path);
    if (problems.length > 0) throw validationFailed(problems);
    if (await this.leaked.has(password)) throw validationFailed([leakedProblem(path)]);
    return await this.hasher.hash(password);
  }

  /** Makes an organization the one that the user's log-ins start in, unless there is one. */
  async setHomeOrganization(userId: string, organizationId: string): Promise<void> {
    await this.repository.setHomeOrganization(userId, organizationId);
  }

  private async add(user: NewUser): Promise<User | null> {
    const { password } = user;
    const created = await this.repository.add({
      id: uuidv7(),
      email: user.email.trim().toLowerCase(),
      passwordHash: password === undefined ? null : await this.hashPassword(password, user.email, 'password'),
      firstName: user.firstName,
      lastName: user.lastName,
      platformRole: user.platformRole ?? 'USER',
    });
    if (created) await this.events.record({ action: 'user.created', outcome: 'SUCCESS', reason: created.id });
    return created;
  }
}

function withoutPassword({ passwordHash: _passwordHash, ...user }: User & { passwordHash: string | null }): User {
  return user;
}
