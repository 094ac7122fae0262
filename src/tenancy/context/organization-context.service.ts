import { Injectable, Logger } from '@nestjs/common';
import { type ClsService, ClsServiceManager } from 'nestjs-cls';
import { ContextAlreadySetError, MissingOrganizationContextError } from '../tenancy.errors.js';
import { type Actor, createContext, type OrganizationContext, type ScopedContext } from './organization-context.js';
import { ProductMismatchError } from './product-mismatch.error.js';
import type { MembershipResolver, OrganizationSummary, TenancyRecorder } from './tenancy-ports.js';

/** One entry's slot for its context. The slot is filled once; the context in it is frozen. */
interface Entry {
  context: OrganizationContext | undefined;
}
interface Ports {
  readonly memberships: MembershipResolver;
  readonly recorder: TenancyRecorder;
  /** Of the deployment: the only one that this process works for. */
  readonly product: string;
}
const ENTRY = Symbol('bulkhead.entry');

/**
 * Opens, reads and replaces the organization context. The only code that touches the store.
 * @see docs/decisions/2026-11-21-context-store.md
 */
@Injectable()
export class OrganizationContextService {
  // The manager's instance, not the module's provider: importing ClsModule registers enhancers that cost every route.
  private readonly store: ClsService = ClsServiceManager.getClsService();
  private readonly logger = new Logger('Tenancy');
  private ports: Ports | undefined;

  /** Connects the ports; called once, when the application is composed. */
  bind(ports: Ports): void {
    this.ports = ports;
  }

  /** Returns the open context, or undefined outside every door. */
  current(): OrganizationContext | undefined {
    return this.entry()?.context;
  }

  /** @throws ORGANIZATION_CONTEXT_MISSING outside every door. */
  require(what = 'This code'): OrganizationContext {
    const context = this.current();
    if (!context) throw this.missing(what);
    return context;
  }

  /** @throws ORGANIZATION_CONTEXT_MISSING if no organization is known here. */
  requireOrganization(what = 'This code'): ScopedContext {
    const context = this.require(what);
    if (context.organizationId === null) throw this.missing(what);
    return context as ScopedContext;
  }

  /** Returns who acts, or null outside every door. */
  getCurrentUser(): Actor | null {
    return this.current()?.actor ?? null;
  }

  /** Returns the id of the current organization, or null if none is set. */
  getCurrentOrganization(): string | null {
    return this.current()?.organizationId ?? null;
  }

  /**
   * Sets the organization of an entry that has none yet, after checking that the actor may.
   * @throws ORGANIZATION_CONTEXT_ALREADY_SET if the entry has one: use {@link withOrganization}.
   * @throws ORGANIZATION_NOT_FOUND
   */
  async setCurrentOrganization(organization: string): Promise<OrganizationSummary> {
    const context = this.require('setCurrentOrganization');
    const entry = this.entry();
    if (!entry || context.organizationId !== null) throw new ContextAlreadySetError();
    const access = await this.requirePorts().memberships.find(context, organization);
    if (entry.context !== context) throw new ContextAlreadySetError();
    entry.context = createContext({ ...context, organizationId: access.organization.id, role: access.role });
    return access.organization;
  }

  /** Ends the entry's context: afterwards there is no actor and no organization until the entry is left. */
  clear(): void {
    const entry = this.entry();
    if (entry) entry.context = undefined;
  }

  /**
   * Runs `work` inside `context` and leaves the caller's context as it was, also when `work` throws.
   * @throws PRODUCT_MISMATCH if the context is of another product than the deployment: whichever door it came through,
   * nothing is done for that one here.
   * @remarks A lazy promise (Prisma's) that `work` returns is started inside the context, not where it is awaited.
   */
  run<T>(context: OrganizationContext, work: () => T): T {
    if (this.ports && context.product !== this.ports.product) throw new ProductMismatchError(this.ports.product);
    const entry: Entry = { context };
    return this.store.runWith({ [ENTRY]: entry }, () => {
      const result = work();
      return isLazyPromise(result) ? (Promise.resolve(result) as T) : result;
    });
  }

  /**
   * Runs `work` in another organization of the same actor, and restores the caller's context afterwards.
   * @param organization - id or slug
   * @throws ORGANIZATION_NOT_FOUND before `work` starts.
   * @remarks One query. Calls nest; parallel calls do not see each other.
   */
  async withOrganization<T>(
    organization: string,
    work: (organization: OrganizationSummary) => T | Promise<T>,
  ): Promise<T> {
    const context = this.require('withOrganization');
    const access = await this.requirePorts().memberships.find(context, organization);
    const nested = createContext({
      ...context,
      organizationId: access.organization.id,
      role: access.role,
      unscopedReason: null,
    });
    return await this.run(nested, () => work(access.organization));
  }

  /**
   * Runs `work` across organizations. The reason is on record before `work` starts, or `work` does not start.
   * @param reason - a sentence for the reader of the log
   */
  async runUnscoped<T>(reason: string, work: () => T | Promise<T>): Promise<T> {
    const context = this.require('runUnscoped');
    if (!reason.trim()) throw new MissingOrganizationContextError('runUnscoped without a reason');
    await this.requirePorts().recorder.recordUnscopedRun(context, reason);
    return await this.run(createContext({ ...context, unscopedReason: reason }), work);
  }

  /** Returns the product's own account, under which commands and system jobs act. */
  async findSystemActor(): Promise<Actor> {
    return await this.requirePorts().memberships.findSystemActor();
  }

  /** Also in the log, because whoever called may swallow the error. */
  private missing(what: string): MissingOrganizationContextError {
    const error = new MissingOrganizationContextError(what);
    this.logger.warn(error.message);
    return error;
  }

  private entry(): Entry | undefined {
    return this.store.isActive() ? this.store.get<Entry | undefined>(ENTRY) : undefined;
  }

  private requirePorts(): Ports {
    if (!this.ports)
      throw new MissingOrganizationContextError('The tenancy core without its ports (bind was not called)');
    return this.ports;
  }
}

function isLazyPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof Promise) &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}
