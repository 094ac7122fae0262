import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { OrganizationContextService } from '../context/organization-context.service.js';
import type { TenancyRequest } from './request-context.js';

/**
 * Runs pipes and handler inside the context that the guard prepared.
 * @remarks Nest binds the rest of the chain to the async context in which `handle()` is called.
 */
@Injectable()
export class OrganizationContextInterceptor implements NestInterceptor {
  constructor(private readonly contexts: OrganizationContextService) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (execution.getType() !== 'http') return next.handle();
    const context = execution.switchToHttp().getRequest<TenancyRequest>().organizationContext;
    const current = this.contexts.current();
    if (!context || context === current) return next.handle();
    return this.contexts.run(context, () => next.handle());
  }
}
