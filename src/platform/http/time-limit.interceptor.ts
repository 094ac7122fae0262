import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { Observable } from 'rxjs';
import { Configuration } from '../config/configuration.js';
import { runUnderSignal } from '../database/work-signal.js';
import { requestTimedOut } from '../errors/general.errors.js';

/**
 * Answers for a handler that takes too long, and tells its work by a signal. Who has begun to answer is not interrupted:
 * exports and event streams last as long as they last.
 */
@Injectable()
export class TimeLimitInterceptor implements NestInterceptor {
  private readonly limitMs: number;

  constructor(configuration: Configuration) {
    this.limitMs = configuration.get('REQUEST_TIMEOUT_MS');
  }

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const response = execution.switchToHttp().getResponse<Response>();
    const stopping = new AbortController();
    const work = runUnderSignal(stopping.signal, () => next.handle());
    return new Observable((subscriber) => {
      const timer = setTimeout(() => {
        if (response.headersSent) return;
        const error = requestTimedOut(this.limitMs);
        stopping.abort(error);
        subscriber.error(error);
      }, this.limitMs);
      subscriber.add(() => clearTimeout(timer));
      subscriber.add(work.subscribe(subscriber));
    });
  }
}
