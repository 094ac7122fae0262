import { Injectable } from '@nestjs/common';
import { AttemptLimiter } from '../../platform/limits/attempt-limiter.js';
import { toSource } from '../../platform/limits/limit-keys.js';
import { SecurityEventService } from '../audit/security-event.service.js';
import type { LoginSource } from './login-source.js';
import { SessionRepository } from './session.repository.js';

/** Slows down who guesses passwords or tries addresses, without locking the owner of an account out. */
@Injectable()
export class SignInLimiter {
  constructor(
    private readonly attempts: AttemptLimiter,
    private readonly sessions: SessionRepository,
    private readonly events: SecurityEventService,
  ) {}

  /** Runs a log-in by password. @throws TOO_MANY_ATTEMPTS before `work` starts */
  async login<T>(email: string, { ipAddress }: LoginSource, work: () => Promise<T>): Promise<T> {
    const isKnownSource = async () => {
      const source = toSource(ipAddress);
      return (await this.sessions.listSources(email)).some((known) => toSource(known) === source);
    };
    const attempt = await this.attempts.begin('login', { address: email, ipAddress, isKnownSource });
    if (attempt.isFirstDelayed) await this.events.record({ action: 'login.delayed', outcome: 'DENIED' });
    const result = await work();
    await attempt.succeed();
    return result;
  }

  /** Runs a registration; those that succeed count as well. @throws TOO_MANY_ATTEMPTS before `work` starts */
  async register<T>(email: string, { ipAddress }: LoginSource, work: () => Promise<T>): Promise<T> {
    await this.attempts.begin('registration', { address: email, ipAddress });
    return await work();
  }

  /** Admits a wish for a link by mail, of an address with or without account. @throws TOO_MANY_ATTEMPTS */
  async requestReset(email: string, { ipAddress }: LoginSource): Promise<void> {
    await this.attempts.begin('password-reset', { address: email, ipAddress });
  }

  /** Runs a change of password: whoever holds a log-in could guess the current one. @throws TOO_MANY_ATTEMPTS */
  async changePassword<T>(userId: string, { ipAddress }: LoginSource, work: () => Promise<T>): Promise<T> {
    const attempt = await this.attempts.begin('password-change', { address: userId, ipAddress });
    const result = await work();
    await attempt.succeed();
    return result;
  }
}
