import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor } from '../context/organization-context.js';
import type { OrganizationSummary } from '../context/tenancy-ports.js';
import { OrganizationRequiredError, UnauthenticatedError } from '../tenancy.errors.js';
import type { TenancyRequest } from './request-context.js';

const requestOf = (execution: ExecutionContext) => execution.switchToHttp().getRequest<TenancyRequest>();

/** The organization of the request: `{id, slug, name, role}`. */
export const CurrentOrganization = createParamDecorator((_data: unknown, execution: ExecutionContext) => {
  const organization: OrganizationSummary | undefined = requestOf(execution).organization;
  if (!organization) throw new OrganizationRequiredError();
  return organization;
});

/** Who sent the request: `{type, id}`. */
export const CurrentActor = createParamDecorator((_data: unknown, execution: ExecutionContext): Actor => {
  const actor = requestOf(execution).organizationContext?.actor;
  if (!actor) throw new UnauthenticatedError();
  return actor;
});

/** The product of the deployment. */
export const CurrentProduct = createParamDecorator((_data: unknown, execution: ExecutionContext) => {
  return requestOf(execution).organizationContext?.product;
});

/** The log-in that the request's token belongs to. */
export const CurrentSession = createParamDecorator((_data: unknown, execution: ExecutionContext) => {
  return requestOf(execution).sessionId;
});
