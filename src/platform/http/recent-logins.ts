import { applyDecorators, type CanActivate, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { TenancyRequest } from '../../tenancy/index.js';
import { AppError } from '../errors/app-error.js';

/** So long after the password was entered, nobody asks for it again. */
export const RECENT_LOGIN_MINUTES = 15;

/** Port: how long ago people proved who they are. Implemented by `features/auth`. */
export abstract class RecentLogins {
  /** Tells whether the password was entered in this log-in within the last {@link RECENT_LOGIN_MINUTES}. */
  abstract isRecent(sessionId: string): Promise<boolean>;
}

/** Lets a request pass that the door has admitted, if its log-in is fresh. API keys have no password to enter. */
@Injectable()
class RecentLoginGuard implements CanActivate {
  constructor(private readonly logins: RecentLogins) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const { sessionId } = execution.switchToHttp().getRequest<TenancyRequest>();
    if (sessionId === undefined || (await this.logins.isRecent(sessionId))) return true;
    throw recentLoginRequired();
  }
}

/**
 * The password must have been entered within the last 15 minutes: what a thief of a token gains must be bounded.
 * Answers 403 RECENT_LOGIN_REQUIRED otherwise; `POST /auth/reauthentication` is the way out.
 */
export function RequireRecentLogin(): MethodDecorator {
  return applyDecorators(UseGuards(RecentLoginGuard), ApiExtension('x-recent-login', true));
}

/** Not 401: clients would take it for an expired token, refresh, and try again. */
function recentLoginRequired(): AppError {
  return new AppError(
    'RECENT_LOGIN_REQUIRED',
    'forbidden',
    `This needs your password of the last ${RECENT_LOGIN_MINUTES} minutes. POST it to /auth/reauthentication and try again.`,
  );
}
