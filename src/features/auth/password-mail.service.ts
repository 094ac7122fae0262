import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import { Configuration } from '../../platform/config/configuration.js';
import { PINO } from '../../platform/logging/logging.module.js';
import { Mailer } from '../../platform/mail/mailer.js';
import { SecurityEventService } from '../audit/security-event.service.js';
import { PasswordService, RESET_SECONDS } from './password.service.js';

// A mail server that hangs holds each of them for its time-out. Few, so that a flood of requests stays a trickle of mails.
const MAX_CONCURRENT = 4;
const MAX_WAITING = 1_000;
const SHUTDOWN_MS = 5_000;

/** Sends links for a new password, behind the back of whoever asks. */
@Injectable()
export class PasswordMailService implements BeforeApplicationShutdown {
  private readonly limit = pLimit(MAX_CONCURRENT);
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly passwords: PasswordService,
    private readonly mailer: Mailer,
    private readonly configuration: Configuration,
    private readonly events: SecurityEventService,
    @Inject(PINO) private readonly logger: Logger,
  ) {}

  /**
   * Sends a link to this address if it has an account.
   * @remarks Returns before anything of that is done, so that neither the answer nor its time tells whether it has.
   */
  async sendResetLater(email: string): Promise<void> {
    await this.events.record({ action: 'password.reset-requested', outcome: 'SUCCESS' });
    if (this.limit.pendingCount >= MAX_WAITING) {
      this.logger.error('Too many mails are waiting: a link for a new password was not sent');
      return;
    }
    const work = this.limit(async () => await this.sendReset(email));
    this.running.add(work);
    void work.finally(() => this.running.delete(work));
  }

  /** Waits for the mails that were asked for, as long as a process that is told to end has. */
  async beforeApplicationShutdown(): Promise<void> {
    const patience = new AbortController();
    const late = sleep(SHUTDOWN_MS, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([Promise.all(this.running), late]);
    patience.abort();
  }

  private async sendReset(email: string): Promise<void> {
    try {
      const reset = await this.passwords.createReset(email);
      if (!reset) return;
      await this.events.record({ action: 'password.reset-created', outcome: 'SUCCESS', actorId: reset.userId });
      const link = this.configuration.link(`reset-password#token=${reset.token}`);
      await this.mailer.send({ to: reset.email, subject: 'Your new password', text: toText(link) });
    } catch (error) {
      // The person sees no mail and asks again; whoever runs this must see why.
      this.logger.error({ err: error instanceof Error ? (error.cause ?? error) : error }, 'A mail was not sent');
    }
  }
}

function toText(link: string): string {
  return [
    'Somebody, probably you, asked for a new password for this address.',
    `Set it here, within ${RESET_SECONDS / 60} minutes:`,
    link,
    'If it was not you, do nothing: your password stays as it is.',
  ].join('\n\n');
}
