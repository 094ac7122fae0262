import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { createContext, type OrganizationContext, type Role } from '../context/organization-context.js';
import { OrganizationContextService } from '../context/organization-context.service.js';
import {
  type Access,
  Authenticator,
  MembershipResolver,
  type OrganizationSummary,
  SupportDesk,
  TenancyRecorder,
} from '../context/tenancy-ports.js';
import { isRecordedRefusal, requireRank } from '../context/rights.js';
import { OrganizationNotFoundError, OrganizationRequiredError, UndeclaredRouteError } from '../tenancy.errors.js';
import { keyScopeOf, requireKeyScope } from './key-scope.js';
import type { TenancyRequest } from './request-context.js';
import { ROUTE_STANCE, type RouteStance } from './route-stance.js';
import { findSupport, superviseSupport } from './support-supervision.js';

/**
 * The HTTP door: identifies the actor, checks the membership, and leaves the context of the handler on the request.
 * The handler runs inside it by OrganizationContextInterceptor: a guard cannot wrap what comes after it.
 */
@Injectable()
export class OrganizationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly contexts: OrganizationContextService,
    private readonly authenticator: Authenticator,
    private readonly memberships: MembershipResolver,
    private readonly recorder: TenancyRecorder,
    private readonly support: SupportDesk,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const targets = [execution.getHandler(), execution.getClass()];
    const stance = this.reflector.getAllAndOverride<RouteStance | undefined>(ROUTE_STANCE, targets);
    if (!stance) throw new UndeclaredRouteError([`${execution.getClass().name}.${execution.getHandler().name}`]);
    const request = execution.switchToHttp().getRequest<TenancyRequest>();
    if (isVisit(stance, request)) return true;

    const claim = await this.authenticator.identify(request.headers.authorization);
    const reference = organizationReference(request);
    const identified = createContext({ ...this.contexts.require('OrganizationGuard'), actor: claim.actor });
    request.organizationContext = identified;
    const standing = await this.memberships.resolve(claim, reference);
    const support = await findSupport(this.support, claim.actor, standing, reference);
    const access = support ? { ...standing, ...support } : standing;
    try {
      const organization = chooseOrganization(request, access, stance, reference);
      requireRights(access, stance, organization, execution);
      if (organization) enter(request, identified, organization, access.role);
    } catch (error) {
      if (isRecordedRefusal(error)) {
        await this.recorder.recordRefusal(identified, error.code, access.organization?.id ?? reference);
      }
      throw error;
    }
    if (claim.sessionId !== null) request.sessionId = claim.sessionId;
    if (support) await superviseSupport(this.recorder, request, support);
    return true;
  }
}

/** Whoever it is, it may come in unknown: a token counts only where a public route recognizes it. */
function isVisit(stance: RouteStance, { headers }: TenancyRequest): boolean {
  return stance.kind === 'public' && !(stance.isRecognizing && headers.authorization !== undefined);
}

/** Returns the organization that the request works in, or null on a route that works outside all. */
function chooseOrganization(
  request: TenancyRequest,
  { organization, isNamed }: Access,
  stance: RouteStance,
  reference: string | undefined,
): OrganizationSummary | null {
  // Also where no organization is needed: a wrong header is an error, not a thing to ignore.
  if (reference !== undefined && !organization) throw new OrganizationNotFoundError();
  if (stance.kind === 'actor' || (stance.kind === 'public' && !organization && !isNamed)) return null;
  if (!organization) throw isNamed ? new OrganizationNotFoundError() : new OrganizationRequiredError();
  requireSame(request, organization);
  return organization;
}

function requireRights(
  { actor, role, keyScopes = [] }: Access,
  stance: RouteStance,
  organization: OrganizationSummary | null,
  execution: ExecutionContext,
): void {
  const isScoped = organization !== null;
  if (actor.type === 'apiKey') {
    requireKeyScope(keyScopes, isScoped ? keyScopeOf(execution.getClass(), execution.getHandler()) : null);
  }
  if (isScoped) requireRank(role, stance.kind === 'organization' ? stance.role : 'MEMBER');
}

function enter(
  request: TenancyRequest,
  identified: OrganizationContext,
  organization: OrganizationSummary,
  role: Role | null,
): void {
  request.organization = Object.freeze({ ...organization, role });
  request.organizationContext = createContext({ ...identified, organizationId: organization.id, role });
}

/** The path, where it names an organization, else the header. */
function organizationReference(request: TenancyRequest): string | undefined {
  const inPath = request.params['organizationSlug'];
  if (typeof inPath === 'string') return inPath;
  const header = request.headers['x-organization-id'];
  return Array.isArray(header) ? header.join(',') : header;
}

/** Path and header may both name the organization, but not two. */
function requireSame(request: TenancyRequest, organization: OrganizationSummary): void {
  const header = request.headers['x-organization-id'];
  if (header !== undefined && header !== organization.id && header !== organization.slug)
    throw new OrganizationNotFoundError();
}
