import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { OrganizationContextService, OrganizationNotFoundError } from '../../tenancy/index.js';
import { SecurityEventService } from '../audit/security-event.service.js';
import { AccessService } from '../memberships/access.service.js';
import { UserService } from '../users/user.service.js';
import type { User } from '../users/user.types.js';
import { loginFailed, refreshFailed } from './auth.errors.js';
import type { Login } from './auth.types.js';
import type { LoginSource } from './login-source.js';
import { SessionRepository } from './session.repository.js';
import { ACCESS_TOKEN_SECONDS, TokenService } from './token.service.js';

/** A log-in that is not used for a week ends; one that is, after a month. */
const LIFETIME = { most: 30, idle: 7 };

/** Log-ins: from a password to tokens, and to their end. */
@Injectable()
export class AuthService {
  constructor(
    private readonly users: UserService,
    private readonly sessions: SessionRepository,
    private readonly tokens: TokenService,
    private readonly access: AccessService,
    private readonly contexts: OrganizationContextService,
    private readonly events: SecurityEventService,
  ) {}

  /** @throws LOGIN_FAILED */
  async login(email: string, password: string, source: LoginSource): Promise<Login> {
    const user = await this.users.findByPassword(email, password);
    if (!user) {
      await this.events.record({ action: 'login.failed', outcome: 'DENIED' });
      throw loginFailed();
    }
    return await this.open(user, source);
  }

  /**
   * Exchanges a refresh token for new tokens.
   * @throws REFRESH_TOKEN_INVALID; a token that was used before ends the whole session, because somebody copied it.
   */
  async refresh(token: string): Promise<Login> {
    const sessionId = this.tokens.sessionOf(token);
    const session = sessionId === null ? null : await this.sessions.find(sessionId);
    if (!session?.isLive) throw refreshFailed();
    const next = this.tokens.createRefreshToken(session.id);
    const outcome = await this.sessions.rotate(session.id, {
      oldHash: this.tokens.hashRefreshToken(token),
      newHash: next.hash,
      lifetime: LIFETIME,
    });
    if (outcome === 'reused')
      await this.events.record({ action: 'refresh.reused', outcome: 'DENIED', actorId: session.userId });
    if (outcome !== 'rotated') throw refreshFailed();
    const { id, userId, activeOrganizationId } = session;
    const [user, organizations] = await Promise.all([
      this.users.getById(userId),
      this.sessions.listOrganizations(userId),
    ]);
    return await this.describe(user, id, { refreshToken: next.token, organizations, activeOrganizationId });
  }

  async logout(sessionId: string): Promise<void> {
    await this.sessions.end(sessionId, 'log-out');
    await this.events.record({ action: 'logout', outcome: 'SUCCESS' });
  }

  /** @throws ORGANIZATION_NOT_FOUND if the person does not belong to it. */
  async switchOrganization(userId: string, sessionId: string, organizationId: string): Promise<string> {
    const isMember = await this.access.userHasOrgAccess(userId, organizationId);
    if (!isMember) {
      await this.events.recordRefusal(this.contexts.require(), 'ORGANIZATION_NOT_FOUND', organizationId);
      throw new OrganizationNotFoundError();
    }
    await this.sessions.setActiveOrganization(sessionId, organizationId);
    return organizationId;
  }

  /** Returns the person and the organizations the person can work in. */
  async me(userId: string, sessionId: string): Promise<Pick<Login, 'user' | 'organizations' | 'activeOrganizationId'>> {
    const [user, organizations, session] = await Promise.all([
      this.users.getById(userId),
      this.sessions.listOrganizations(userId),
      this.sessions.find(sessionId),
    ]);
    const active = session?.activeOrganizationId ?? user.homeOrganizationId;
    // One that the person was removed from is none: requests in it are refused.
    const isOpen = organizations.some(({ id }) => id === active);
    return { user, organizations, activeOrganizationId: isOpen ? active : null };
  }

  /**
   * Opens a log-in for a user whose identity is proved, on the product's record.
   * @throws LOGIN_FAILED if the password was changed, or the user deactivated, since then.
   */
  async open(user: User, source: LoginSource): Promise<Login> {
    const id = uuidv7();
    const refresh = this.tokens.createRefreshToken(id);
    const organizations = await this.sessions.listOrganizations(user.id);
    // The home organization, if the person still belongs to it; never some other one.
    const home = organizations.find((organization) => organization.id === user.homeOrganizationId);
    const activeOrganizationId = home?.id ?? null;
    const session = {
      id,
      userId: user.id,
      refreshTokenHash: refresh.hash,
      activeOrganizationId,
      lifetime: LIFETIME,
      passwordChangedAt: user.passwordChangedAt,
      ...source,
    };
    const entry = { action: 'login.succeeded', outcome: 'SUCCESS', actorId: user.id, entity: 'Session' } as const;
    const isOpen = await this.sessions.add(session, this.events.toRecord(entry));
    if (!isOpen) throw loginFailed();
    return await this.describe(user, id, { refreshToken: refresh.token, organizations, activeOrganizationId });
  }

  private async describe(
    user: User,
    sessionId: string,
    rest: Pick<Login, 'refreshToken' | 'organizations' | 'activeOrganizationId'>,
  ): Promise<Login> {
    const accessToken = await this.tokens.issueAccessToken(user.id, sessionId);
    return { accessToken, expiresIn: ACCESS_TOKEN_SECONDS, user, ...rest };
  }
}
