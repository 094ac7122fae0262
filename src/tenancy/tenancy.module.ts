import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { OrganizationContextService } from './context/organization-context.service.js';
import { KeyScopeRegistry } from './http/key-scope.registry.js';
import { RouteStanceCheck } from './http/route-stance.check.js';

/**
 * Offers the context to the whole application. The doors (guard, interceptor, CommandContext) and their ports
 * (Authenticator, MembershipResolver, TenancyRecorder) are put together where the application is composed.
 */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [OrganizationContextService, RouteStanceCheck, KeyScopeRegistry],
  exports: [OrganizationContextService, KeyScopeRegistry],
})
export class TenancyModule {}
