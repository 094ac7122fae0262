import { Injectable } from '@nestjs/common';
import { SecurityEventService } from '../audit/security-event.service.js';
import { UserService } from '../users/user.service.js';
import type { User } from '../users/user.types.js';
import { superuserRequired } from './support.errors.js';

/** Asks, each time, whether a person runs the platform. */
@Injectable()
export class SuperuserCheck {
  constructor(
    private readonly users: UserService,
    private readonly events: SecurityEventService,
  ) {}

  /**
   * Returns the superuser. That somebody else tried is on record.
   * @param attempt - what was tried, as `support.open`
   * @throws SUPERUSER_REQUIRED
   */
  async require(userId: string, attempt: string): Promise<User> {
    const user = await this.users.getById(userId);
    if (user.platformRole === 'SUPERUSER') return user;
    await this.events.record({ action: 'superuser.refused', outcome: 'DENIED', reason: attempt });
    throw superuserRequired();
  }
}
