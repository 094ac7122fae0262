import { Injectable } from '@nestjs/common';
import { SecurityEventService } from '../audit/security-event.service.js';
import { superuserRequired } from './user.errors.js';
import { UserService } from './user.service.js';
import type { User } from './user.types.js';

/** Keeps what is for people of the platform to them. */
@Injectable()
export class SuperuserService {
  constructor(
    private readonly users: UserService,
    private readonly events: SecurityEventService,
  ) {}

  /**
   * Returns the superuser; everybody else's attempt is put on record.
   * @param attempt - what was tried, e.g. `support.open`
   * @throws SUPERUSER_REQUIRED
   */
  async require(userId: string, attempt: string): Promise<User> {
    const user = await this.users.getById(userId);
    if (user.platformRole === 'SUPERUSER') return user;
    await this.events.record({ action: 'superuser.refused', outcome: 'DENIED', reason: attempt });
    throw superuserRequired();
  }
}
