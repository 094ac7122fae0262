import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { Response } from 'express';
import type { Logger } from 'pino';
import type { TenancyRequest } from '../../tenancy/index.js';
import { contextFields } from '../logging/logger.js';
import { PINO } from '../logging/logging.module.js';
import { toAppError, toProblem } from './problem.js';

/** The one edge at which errors become HTTP answers. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(PINO) private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<TenancyRequest>();
    const response = http.getResponse<Response>();
    const problem = toAppError(error);
    const context = request.organizationContext;
    const document = toProblem(problem, context?.requestId ?? '');
    if (document.status >= 500) {
      const level = problem.category === 'unavailable' ? 'warn' : 'error';
      this.logger[level](
        { ...contextFields(context), err: problem.cause ?? problem, code: problem.code },
        problem.message,
      );
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (problem.retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(problem.retryAfterSeconds));
    if (document.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    response.setHeader('Cache-Control', 'no-store');
    response.status(document.status).type('application/problem+json').send(JSON.stringify(document));
  }
}
