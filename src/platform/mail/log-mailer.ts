import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { Configuration } from '../config/configuration.js';
import { PINO } from '../logging/logging.module.js';
import { type Mail, Mailer } from './mailer.js';

/** Writes mail to the log. Links in it are secrets, so outside development and test it writes only that there was one. */
@Injectable()
export class LogMailer extends Mailer {
  override readonly isConfigured = false;

  constructor(
    @Inject(PINO) private readonly logger: Logger,
    private readonly configuration: Configuration,
  ) {
    super();
  }

  override send({ to, subject, text }: Mail): Promise<void> {
    const message = 'No mail server is configured: this mail was not sent';
    if (this.configuration.isForDevelopers) this.logger.info({ mail: { to, subject, text } }, message);
    else this.logger.warn({ mail: { subject } }, message);
    return Promise.resolve();
  }
}
