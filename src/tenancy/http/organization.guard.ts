import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  type Actor,
  createContext,
  type OrganizationContext,
  ROLES,
  type Role,
  type ScopedContext,
} from '../context/organization-context.js';
import { OrganizationContextService } from '../context/organization-context.service.js';
import {
  type Access,
  Authenticator,
  MembershipResolver,
  type OrganizationSummary,
  type SupportAccess,
  SupportDesk,
  TenancyRecorder,
} from '../context/tenancy-ports.js';
import {
  OrganizationNotFoundError,
  OrganizationRequiredError,
  RoleTooLowError,
  SupportReadOnlyError,
  UndeclaredRouteError,
} from '../tenancy.errors.js';
import type { TenancyRequest } from './request-context.js';
import { ROUTE_STANCE, type RouteStance } from './route-stance.js';

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD']);

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
    if (stance.kind === 'public') return true;

    const request = execution.switchToHttp().getRequest<TenancyRequest>();
    const claim = await this.authenticator.identify(request.headers.authorization);
    const reference = organizationReference(request);
    const identified = createContext({ ...this.contexts.require('OrganizationGuard'), actor: claim.actor });
    request.organizationContext = identified;
    const access = await this.memberships.resolve(claim, reference);
    const support = await this.findSupport(claim.actor, access, reference);
    try {
      this.admit(request, identified, support ? { ...access, ...support } : access, stance, reference);
    } catch (error) {
      if (error instanceof OrganizationNotFoundError || error instanceof RoleTooLowError) {
        await this.recorder.recordRefusal(identified, error.code, access.organization?.id ?? reference);
      }
      throw error;
    }
    request.sessionId = claim.sessionId;
    if (support) await this.superviseSupport(request, support);
    return true;
  }

  private async findSupport(
    actor: Actor,
    access: Access,
    reference: string | undefined,
  ): Promise<SupportAccess | null> {
    if (reference === undefined || access.organization || actor.type !== 'user') return null;
    return await this.support.find(actor.id, reference);
  }

  /** The record comes first: what cannot be recorded is not done. */
  private async superviseSupport(request: TenancyRequest, access: SupportAccess): Promise<void> {
    const context = request.organizationContext as ScopedContext | undefined;
    // Routes without organization: nothing of the organization is reached.
    if (!context?.organizationId) return;
    const isRefused = access.isReadOnly && !READING.has(request.method);
    const what = `${request.method} ${request.originalUrl.split('?')[0]}`;
    await this.recorder.recordSupport(context, access, { what, isRefused });
    if (isRefused) throw new SupportReadOnlyError();
  }

  private admit(
    request: TenancyRequest,
    identified: OrganizationContext,
    access: Access,
    stance: RouteStance,
    reference: string | undefined,
  ): void {
    const { organization, role } = access;
    // Also where no organization is needed: a wrong header is an error, not a thing to ignore.
    if (reference !== undefined && !organization) throw new OrganizationNotFoundError();
    if (stance.kind !== 'organization') return;
    if (!organization) throw access.isNamed ? new OrganizationNotFoundError() : new OrganizationRequiredError();
    requireSame(request, organization);
    requireRank(role, stance.role);
    request.organization = Object.freeze({ ...organization, role });
    request.organizationContext = createContext({ ...identified, organizationId: organization.id, role });
  }
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

function requireRank(role: Role | null, required: Role): void {
  if (role === null || ROLES.indexOf(role) < ROLES.indexOf(required)) throw new RoleTooLowError(required);
}
