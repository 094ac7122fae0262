import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { PINO } from '../logging/logging.module.js';
import { type Mail, Mailer } from './mailer.js';

/** Writes mail to the log. For development and tests: links in it are secrets. */
@Injectable()
export class LogMailer extends Mailer {
  override readonly isConfigured = false;

  constructor(@Inject(PINO) private readonly logger: Logger) {
    super();
  }

  override send({ to, subject, text }: Mail): Promise<void> {
    this.logger.info({ mail: { to, subject, text } }, 'No mail server is configured: this mail was not sent');
    return Promise.resolve();
  }
}
