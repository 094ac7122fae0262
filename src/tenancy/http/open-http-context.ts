import { randomUUID } from 'node:crypto';
import type { NextFunction, Response } from 'express';
import { ANONYMOUS, createContext } from '../context/organization-context.js';
import type { OrganizationContextService } from '../context/organization-context.service.js';
import type { TenancyRequest } from './request-context.js';

const REQUEST_ID = /^[\w-]{8,64}$/;

/**
 * Middleware that opens the anonymous context of a request; first of all, so that everything after it has one.
 * A well-formed `X-Request-Id` (8 to 64 letters, digits, `_` or `-`) is kept, to follow a call across services.
 */
export function openHttpContext(contexts: OrganizationContextService, product: string) {
  return (request: TenancyRequest, _response: Response, next: NextFunction): void => {
    const sent = request.headers['x-request-id'];
    const requestId = typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : randomUUID();
    const context = createContext({
      product,
      organizationId: null,
      actor: ANONYMOUS,
      role: null,
      entryPoint: 'http',
      requestId,
    });
    request.organizationContext = context;
    contexts.run(context, next);
  };
}
