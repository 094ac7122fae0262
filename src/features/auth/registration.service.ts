import { Injectable } from '@nestjs/common';
import { createContext, OrganizationContextService } from '../../tenancy/index.js';
import { OrganizationService } from '../organizations/organization.service.js';
import { UserService } from '../users/user.service.js';
import type { NewUser } from '../users/user.types.js';
import { AuthService } from './auth.service.js';
import type { Login } from './auth.types.js';
import type { LoginSource } from './login-source.js';

/** What a new account is made of. */
export type Registration = NewUser & { readonly password: string; readonly organizationName?: string };

/** How a person comes to an account. */
@Injectable()
export class RegistrationService {
  constructor(
    private readonly users: UserService,
    private readonly organizations: OrganizationService,
    private readonly contexts: OrganizationContextService,
    private readonly auth: AuthService,
  ) {}

  /**
   * Creates an account and, if it is named, the organization that it owns; logs in.
   * @throws EMAIL_TAKEN
   */
  async register({ organizationName, ...account }: Registration, source: LoginSource): Promise<Login> {
    const user = await this.users.create(account);
    if (organizationName !== undefined) {
      const asUser = createContext({ ...this.contexts.require(), actor: { type: 'user', id: user.id } });
      await this.contexts.run(asUser, () => this.organizations.create(user.id, { name: organizationName }));
    }
    return await this.auth.open(await this.users.getById(user.id), source);
  }
}
