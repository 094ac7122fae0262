import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { OrganizationContextService } from '../../tenancy/index.js';
import { keyMalformed } from './idempotency.errors.js';
import { IdempotencyService, type KeptAnswer } from './idempotency.service.js';

/** What belongs to the answer, and not to the exchange in which it was given. */
const KEPT_HEADERS = ['ETag', 'Location'];
const WELL_FORMED = /^[\x20-\x7e]{1,255}$/;

/** Heeds `Idempotency-Key` on every POST, inside the context, after guards and before anything reads the body. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly contexts: OrganizationContextService,
    private readonly idempotency: IdempotencyService,
  ) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (execution.getType() !== 'http') return next.handle();
    const http = execution.switchToHttp();
    const request = http.getRequest<Request>();
    const key = request.headers['idempotency-key'];
    if (key === undefined || request.method !== 'POST') return next.handle();
    if (typeof key !== 'string' || !WELL_FORMED.test(key)) throw keyMalformed();
    const { actor, organizationId } = this.contexts.require('IdempotencyInterceptor');
    // Without a caller there is nobody whom the answer belongs to.
    if (actor.id === null) return next.handle();
    const route = `${execution.getClass().name}.${execution.getHandler().name}`;
    const content = JSON.stringify([request.originalUrl, (request.body as unknown) ?? null]);
    const response = http.getResponse<Response>();
    return from(this.answer({ actorId: actor.id, organizationId, route, key, content }, response, next));
  }

  private async answer(
    request: Parameters<IdempotencyService['once']>[0],
    response: Response,
    next: CallHandler,
  ): Promise<unknown> {
    let fresh: unknown;
    const { answer, isReplayed } = await this.idempotency.once(request, async () => {
      fresh = await lastValueFrom(next.handle(), { defaultValue: undefined });
      return toKept(response, fresh);
    });
    if (!isReplayed) return fresh;
    response.status(answer.status).setHeader('Idempotency-Replayed', 'true');
    for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
    return answer.body === null ? undefined : (JSON.parse(answer.body) as unknown);
  }
}

function toKept(response: Response, body: unknown): KeptAnswer {
  const headers = KEPT_HEADERS.flatMap((name) => {
    const value = response.getHeader(name);
    return typeof value === 'string' ? [[name, value]] : [];
  });
  return {
    status: response.statusCode,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: body === undefined ? null : JSON.stringify(body),
  };
}
