import type { Request } from 'express';
import type { OrganizationContext, Role } from '../context/organization-context.js';
import type { OrganizationSummary } from '../context/tenancy-ports.js';

/** What the door leaves on the request, for code that has the request but no context (filters, access logs). */
export interface TenancyRequest extends Request {
  organizationContext?: OrganizationContext;
  organization?: OrganizationSummary & { readonly role: Role | null };
  /** The log-in that the token belongs to. */
  sessionId?: string;
}
