import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SecurityEventService } from '../audit/security-event.service.js';
import { UserService } from '../users/user.service.js';
import { currentPasswordWrong, passwordResetInvalid } from './auth.errors.js';
import { PasswordRepository } from './password.repository.js';
import { SessionRepository } from './session.repository.js';

/** A link works this long. */
export const RESET_SECONDS = 30 * 60;
const TOKEN_BYTES = 32;

/** How a person comes to another password. */
@Injectable()
export class PasswordService {
  constructor(
    private readonly repository: PasswordRepository,
    private readonly users: UserService,
    private readonly sessions: SessionRepository,
    private readonly events: SecurityEventService,
  ) {}

  /**
   * Replaces the password and ends the person's other log-ins.
   * @throws CURRENT_PASSWORD_WRONG
   * @throws VALIDATION_FAILED if the new one is easy to guess.
   */
  async change(userId: string, sessionId: string, currentPassword: string, newPassword: string): Promise<void> {
    const user = await this.users.getById(userId);
    if (!(await this.users.isPasswordOf(user, currentPassword))) return await this.refuseChange();
    const passwordHash = await this.users.hashPassword(newPassword, user.email, 'newPassword');
    const change = { userId, sessionId, passwordHash, changedBefore: user.passwordChangedAt };
    if (!(await this.repository.change(change))) return await this.refuseChange();
    // Again: a log-in with the former password that was just being opened is not seen by the statement before.
    await this.sessions.endAll(userId, sessionId, 'password changed');
    await this.events.record({ action: 'password.changed', outcome: 'SUCCESS' });
  }

  /**
   * Makes a link for the active person with this address, in the place of the one before.
   * @returns what the link must carry, or null if there is nobody to send it to
   */
  async createReset(email: string): Promise<{ userId: string; email: string; token: string } | null> {
    const user = await this.users.findByEmail(email);
    if (!user?.isActive || user.platformRole === 'SYSTEM') return null;
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    await this.repository.addReset(user.id, hashOf(token), RESET_SECONDS);
    return { userId: user.id, email: user.email, token };
  }

  /**
   * Sets the password of whom the link was sent to, for the first time or anew, and ends all their log-ins.
   * @throws PASSWORD_RESET_INVALID
   * @throws VALIDATION_FAILED if the new one is easy to guess; the link then still works.
   */
  async reset(token: string, newPassword: string): Promise<void> {
    const found = await this.repository.findReset(hashOf(token));
    if (!found) return await this.refuseReset();
    const passwordHash = await this.users.hashPassword(newPassword, found.email, 'newPassword');
    if (!(await this.repository.reset(found.userId, hashOf(token), passwordHash))) return await this.refuseReset();
    // Again, for the same reason as above.
    await this.sessions.endAll(found.userId, null, 'password reset');
    await this.events.record({ action: 'password.reset', outcome: 'SUCCESS', actorId: found.userId });
  }

  private async refuseChange(): Promise<never> {
    await this.events.record({ action: 'password.change-refused', outcome: 'DENIED' });
    throw currentPasswordWrong();
  }

  private async refuseReset(): Promise<never> {
    await this.events.record({ action: 'password.reset-refused', outcome: 'DENIED' });
    throw passwordResetInvalid();
  }
}

/** 256 random bits need no slow hash. */
function hashOf(token: string): string {
  return createHash('sha256').update(`password-reset:${token}`).digest('base64url');
}
