import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { OrganizationContextService } from '../../tenancy/index.js';
import { SecurityEventService } from '../audit/security-event.service.js';
import { ClerkAccountRepository } from './clerk-account.repository.js';
import { SESSION_ENDS } from './clerk-event.js';
import { type DueEvent, WebhookEventRepository } from './webhook-event.repository.js';

/** Half a day in the end: somebody else may have to give up an address first. */
const MAX_ATTEMPTS = 14;
const MAX_PAUSE_SECONDS = 3 * 3_600;

/** Does what events of Clerk ask for, as the product's own account. */
@Injectable()
export class ClerkSyncService {
  private readonly logger = new Logger('Webhooks');

  constructor(
    private readonly accounts: ClerkAccountRepository,
    private readonly events: WebhookEventRepository,
    private readonly records: SecurityEventService,
    private readonly contexts: OrganizationContextService,
  ) {}

  /** Works on one event; what cannot be done now is tried again later, and given up at last. */
  async perform(event: DueEvent): Promise<void> {
    try {
      const outcome = await (SESSION_ENDS.includes(event.type) ? this.endSession(event) : this.settlePerson(event));
      if (outcome === 'EMAIL_TAKEN') await this.postpone(event, outcome);
    } catch (error) {
      // The others of the batch are not to wait for it. If this fails as well, all of them must.
      await this.postpone(event, 'FAULT');
      this.logger.warn(`The webhook event ${event.id} failed and is tried again: ${String(error)}`);
    }
  }

  private async settlePerson({ id, subject }: DueEvent): Promise<string> {
    const { actor } = this.contexts.require('ClerkSyncService');
    const ids = { user: uuidv7(), record: uuidv7(), system: actor.id ?? '' };
    return await this.accounts.settle(subject, ids, id);
  }

  private async endSession({ id, subject }: DueEvent): Promise<string> {
    const outcome = (await this.accounts.endSession(subject)) ? 'SESSION_ENDED' : 'SESSION_UNKNOWN';
    await this.events.finish(id, 'APPLIED', outcome);
    await this.records.record({ action: 'clerk.session-ended', outcome: 'SUCCESS', reason: outcome });
    return outcome;
  }

  private async postpone({ id, attempts }: DueEvent, outcome: string): Promise<void> {
    if (attempts >= MAX_ATTEMPTS) {
      await this.events.finish(id, 'FAILED', outcome);
      await this.records.record({ action: 'clerk.event-failed', outcome: 'FAILED', reason: `${outcome} ${id}` });
      return;
    }
    await this.events.postpone(id, Math.min(2 ** attempts, MAX_PAUSE_SECONDS), outcome);
  }
}
