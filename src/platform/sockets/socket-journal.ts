import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import type { OrganizationContext } from '../../tenancy/index.js';
import type { AppError } from '../errors/app-error.js';
import { contextFields } from '../logging/logger.js';
import { PINO } from '../logging/logging.module.js';
import { SocketMetrics } from './socket-metrics.js';

export interface MessageAccount {
  readonly namespace: string;
  /** Null if the namespace knows no such event: what a client makes up stands in no line. */
  readonly event: string | null;
  readonly startedAt: number;
}

/** What the log and the metrics learn of handshakes, messages and ends. */
@Injectable()
export class SocketJournal {
  constructor(
    private readonly metrics: SocketMetrics,
    @Inject(PINO) private readonly logger: Logger,
  ) {}

  admitted(context: OrganizationContext, namespace: string): void {
    this.logger.debug({ ...contextFields(context), namespace }, 'socket admitted');
  }

  /** @param namespace - null if there is none of the name that the client sent */
  refused(error: AppError, requestId: string, namespace: string | null): void {
    this.metrics.countRefusal(namespace ?? 'unknown', error.code);
    this.write(error, { requestId, entryPoint: 'socket', namespace }, 'socket refused');
  }

  answered(context: OrganizationContext | undefined, message: MessageAccount, error: AppError | null): void {
    const { namespace, event, startedAt } = message;
    this.metrics.countMessage(namespace, error?.code ?? 'OK');
    const durationMs = Math.round(performance.now() - startedAt);
    const fields = { ...contextFields(context), namespace, event, durationMs };
    if (error) this.write(error, fields, 'message refused');
    else this.logger.debug(fields, 'message');
  }

  ended(context: OrganizationContext | undefined, namespace: string, error: AppError): void {
    this.metrics.countEnded(error.code);
    this.write(error, { ...contextFields(context), namespace }, 'socket ended');
  }

  broken(context: OrganizationContext | undefined, namespace: string, reason: string): void {
    this.metrics.countEnded(reason);
    this.logger.info({ ...contextFields(context), namespace, reason }, 'socket ended');
  }

  /** An error is what somebody here must act on, as in HTTP. */
  private write(error: AppError, fields: object, message: string): void {
    const { code, category } = error;
    if (category === 'internal') this.logger.error({ ...fields, code, err: error.cause ?? error }, message);
    else this.logger[category === 'unavailable' ? 'warn' : 'info']({ ...fields, code }, message);
  }
}
