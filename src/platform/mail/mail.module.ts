import { Global, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { Configuration } from '../config/configuration.js';
import { PINO } from '../logging/logging.module.js';
import { LogMailer } from './log-mailer.js';
import { Mailer } from './mailer.js';
import { SmtpMailer } from './smtp-mailer.js';

@Global()
@Module({
  providers: [
    {
      provide: Mailer,
      inject: [Configuration, PINO],
      useFactory: (configuration: Configuration, logger: Logger): Mailer => {
        const [url, from] = [configuration.get('SMTP_URL'), configuration.get('MAIL_FROM')];
        return url !== undefined && from !== undefined
          ? new SmtpMailer({ url, from })
          : new LogMailer(logger, configuration);
      },
    },
  ],
  exports: [Mailer],
})
export class MailModule {}
