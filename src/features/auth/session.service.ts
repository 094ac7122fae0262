import { Injectable } from '@nestjs/common';
import { type ListQuery, type Page, toPage, toPosition } from '../../platform/http/pagination.js';
import { SecurityEventService } from '../audit/security-event.service.js';
import { sessionNotFound } from './auth.errors.js';
import { SuperuserService } from '../users/superuser.service.js';
import type { SessionOverview } from './auth.types.js';
import { SessionRepository } from './session.repository.js';

/** The log-ins of a person. One that ends counts no more from the next request on, in every process. */
@Injectable()
export class SessionService {
  constructor(
    private readonly repository: SessionRepository,
    private readonly events: SecurityEventService,
    private readonly superusers: SuperuserService,
  ) {}

  /** Lists the person's log-ins; `currentId` is the one that asks. */
  async list(userId: string, currentId: string, query: ListQuery): Promise<Page<SessionOverview>> {
    const rows = await this.repository.list(userId, { ...query, after: toPosition(query) });
    return toPage(rows, query, (row) => ({ ...row, isCurrent: row.id === currentId }));
  }

  /** @throws SESSION_NOT_FOUND also when it has ended, or is another person's. */
  async end(userId: string, id: string): Promise<void> {
    if (!(await this.repository.endOwn(userId, id))) {
      await this.events.record({ action: 'session.end-refused', outcome: 'NOT_FOUND', reason: id });
      throw sessionNotFound();
    }
    await this.events.record({ action: 'session.ended', outcome: 'SUCCESS', reason: id });
  }

  async endAll(userId: string): Promise<void> {
    const count = await this.repository.endAll(userId, null, 'log-out everywhere');
    await this.events.record({ action: 'session.all-ended', outcome: 'SUCCESS', reason: `sessions:${count}` });
  }

  /**
   * Ends all log-ins of another person, for the platform. Returns how many there were.
   * @throws SUPERUSER_REQUIRED
   */
  async endAllOf(actorId: string, userId: string): Promise<number> {
    await this.superusers.require(actorId, 'sessions.end');
    const count = await this.repository.endAll(userId, null, 'ended by the platform');
    await this.events.record({ action: 'session.ended-by-platform', outcome: 'SUCCESS', reason: `${userId}:${count}` });
    return count;
  }
}
