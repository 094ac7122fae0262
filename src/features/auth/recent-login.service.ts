import { Injectable } from '@nestjs/common';
import { RECENT_LOGIN_MINUTES, RecentLogins } from '../../platform/http/recent-logins.js';
import { SecurityEventService } from '../audit/security-event.service.js';
import { UserService } from '../users/user.service.js';
import { currentPasswordWrong } from './auth.errors.js';
import { SessionRepository } from './session.repository.js';

/** Knows how fresh a log-in is, and freshens it by the password. */
@Injectable()
export class RecentLoginService extends RecentLogins {
  constructor(
    private readonly sessions: SessionRepository,
    private readonly users: UserService,
    private readonly events: SecurityEventService,
  ) {
    super();
  }

  override async isRecent(sessionId: string): Promise<boolean> {
    return await this.sessions.isAuthenticatedWithin(sessionId, RECENT_LOGIN_MINUTES);
  }

  /** @throws CURRENT_PASSWORD_WRONG */
  async reauthenticate(userId: string, sessionId: string, password: string): Promise<void> {
    const user = await this.users.getById(userId);
    const isRight = await this.users.isPasswordOf(user, password);
    await this.events.record({ action: 'login.repeated', outcome: isRight ? 'SUCCESS' : 'DENIED' });
    if (!isRight) throw currentPasswordWrong();
    await this.sessions.setAuthenticated(sessionId);
  }
}
