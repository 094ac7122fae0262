import { Global, Module } from '@nestjs/common';
import { LogMailer } from './log-mailer.js';
import { Mailer } from './mailer.js';

@Global()
@Module({ providers: [{ provide: Mailer, useClass: LogMailer }], exports: [Mailer] })
export class MailModule {}
