import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { OrganizationContextService, OrganizationGuard, type TenancyRequest } from '../../tenancy/index.js';
import { rateLimited } from './limit.errors.js';
import { RateLimitService } from './rate-limit.service.js';

/** Health and metrics are asked for by machines of ours, and must answer when everything else is too much. */
const LIMITED = /^\/api\/v1(\/|$)/;

/**
 * The door of every route: who it is, then whether there were too many requests. Those that the first refuses count as
 * well, against the caller if there is one, else against the source; a good token passes from any source.
 */
@Injectable()
export class AdmissionGuard implements CanActivate {
  constructor(
    private readonly organizations: OrganizationGuard,
    private readonly limits: RateLimitService,
    private readonly contexts: OrganizationContextService,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    // Nest runs global guards for messages of sockets too; those have been through a door of their own.
    if (execution.getType() !== 'http') return true;
    const http = execution.switchToHttp();
    const request = http.getRequest<TenancyRequest>();
    try {
      return await this.organizations.canActivate(execution);
    } finally {
      if (LIMITED.test(request.path)) await this.limit(request, http.getResponse<Response>());
    }
  }

  /** @throws RATE_LIMITED, also in place of a refusal of the door. */
  private async limit(request: TenancyRequest, response: Response): Promise<void> {
    const context = request.organizationContext ?? this.contexts.require('AdmissionGuard');
    const state = await this.limits.take(context, request.ip);
    if (!state) return;
    response.setHeader('RateLimit-Limit', String(state.limit));
    response.setHeader('RateLimit-Remaining', String(state.remaining));
    response.setHeader('RateLimit-Reset', String(state.resetSeconds));
    if (state.isRefused) throw rateLimited(state.resetSeconds);
  }
}
