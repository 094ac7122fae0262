import { Global, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { OrganizationContextService } from '../../tenancy/index.js';
import { Configuration } from '../config/configuration.js';
import { createLogger } from './logger.js';
import { NestLogger } from './nest-logger.js';

/** Token of the process's pino logger. */
export const PINO = Symbol('pino');

@Global()
@Module({
  providers: [
    {
      provide: PINO,
      inject: [Configuration, OrganizationContextService],
      useFactory: (configuration: Configuration, contexts: OrganizationContextService) =>
        createLogger(configuration.get('LOG_LEVEL'), () => contexts.current()),
    },
    { provide: NestLogger, inject: [PINO], useFactory: (logger: Logger) => new NestLogger(logger) },
  ],
  exports: [PINO, NestLogger],
})
export class LoggingModule {}
