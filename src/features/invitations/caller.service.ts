import { Injectable } from '@nestjs/common';
import { MembershipResolver, UnauthenticatedError } from '../../tenancy/index.js';
import { TokenService } from '../auth/token.service.js';
import { UserService } from '../users/user.service.js';
import type { User } from '../users/user.types.js';

/** Identifies the caller of a public route that also serves people who are logged in. */
@Injectable()
export class CallerService {
  constructor(
    private readonly tokens: TokenService,
    private readonly memberships: MembershipResolver,
    private readonly users: UserService,
  ) {}

  /**
   * Returns the person whom an Authorization header identifies, or null without one.
   * @throws UNAUTHENTICATED for a header that identifies nobody, a log-in that ended, and what is no person.
   */
  async find(authorization: string | undefined): Promise<User | null> {
    if (authorization === undefined) return null;
    const { actor } = await this.memberships.resolve(await this.tokens.identify(authorization), undefined);
    if (actor.type !== 'user') throw new UnauthenticatedError();
    return await this.users.getById(actor.id);
  }
}
