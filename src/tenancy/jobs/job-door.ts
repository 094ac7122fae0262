import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Actor,
  createContext,
  type OrganizationContext,
  type Role,
  ROLES,
  type ScopedContext,
} from '../context/organization-context.js';
import type { OrganizationContextService } from '../context/organization-context.service.js';
import { RoleTooLowError } from '../tenancy.errors.js';
import { JobRefusedError } from './job.errors.js';
import type { JobStamp, JobStamper } from './job-stamp.js';

/** Who may have a job done: a member with this role or a higher one when it runs, or the product itself. */
export type JobAccess = Role | 'system';

// Taken when the module is loaded, before there is any entry: a job never runs in the context, or in the open
// transaction, of whoever happened to start the worker or to wake it.
const outsideEveryEntry = AsyncLocalStorage.snapshot();

/**
 * The job door: verifies what came out of the queue, asks again what the actor may, and runs the work in a context of its
 * own that nothing is inherited into.
 */
export class JobDoor {
  private systemActor: Promise<Actor> | undefined;

  constructor(
    private readonly product: string,
    private readonly stamper: JobStamper,
    private readonly contexts: OrganizationContextService,
  ) {}

  /**
   * Reads a message before anything else is done with it.
   * @throws JOB_UNSIGNED, JOB_TAMPERED, JOB_FOREIGN (of another product)
   */
  verify(message: unknown): JobStamp {
    const stamp = this.stamper.verify(message);
    if (stamp.product !== this.product) throw new JobRefusedError('JOB_FOREIGN');
    return stamp;
  }

  /** Runs `work` as the product's own account outside any organization: a query on organization data throws. */
  async runOutside<T>(requestId: string, work: () => Promise<T>): Promise<T> {
    return await this.leave(async () => await this.contexts.run(await this.systemContext(requestId, null), work));
  }

  /** Runs what the queue itself does in an organization, as the product's own account: notes on a job, not its work. */
  async runLedger<T>(requestId: string, organizationId: string, work: () => Promise<T>): Promise<T> {
    return await this.leave(
      async () => await this.contexts.run(await this.systemContext(requestId, organizationId), work),
    );
  }

  /**
   * Runs `work` in the context of the actor who asked for it, with the rights that it has now.
   * @throws ORGANIZATION_NOT_FOUND if the actor does not belong there any more, the key is revoked or the organization is
   * not active; ROLE_TOO_LOW; JOB_WITHOUT_ORGANIZATION
   */
  async run<T>(stamp: JobStamp, access: JobAccess, work: (context: ScopedContext) => Promise<T>): Promise<T> {
    const organization = requireNamed(stamp);
    if (access === 'system') {
      return await this.runLedger(stamp.jobId, organization, () => work(this.contexts.requireOrganization()));
    }
    // What the product does by itself is declared as such: its account belongs to no organization.
    if (stamp.actor.type === 'system') throw new JobRefusedError('JOB_NOT_SYSTEM');
    const { product } = this;
    const facts = { product, entryPoint: 'job', requestId: stamp.jobId, actor: stamp.actor } as const;
    const identified = createContext({ ...facts, organizationId: null, role: null });
    return await this.leave(() =>
      this.contexts.run(identified, () =>
        this.contexts.withOrganization(organization, () => {
          const context = this.contexts.requireOrganization();
          requireRank(context.role, access);
          return work(context);
        }),
      ),
    );
  }

  private async systemContext(requestId: string, organizationId: string | null): Promise<OrganizationContext> {
    this.systemActor ??= this.contexts.findSystemActor();
    const actor = await this.systemActor.catch((error: unknown) => {
      this.systemActor = undefined;
      throw error;
    });
    return createContext({ product: this.product, organizationId, actor, role: null, entryPoint: 'job', requestId });
  }

  private leave<T>(work: () => Promise<T>): Promise<T> {
    return outsideEveryEntry(work);
  }
}

function requireNamed({ organizationId }: JobStamp): string {
  if (organizationId === null) throw new JobRefusedError('JOB_WITHOUT_ORGANIZATION');
  return organizationId;
}

function requireRank(role: Role | null, required: Role): void {
  if (role === null || ROLES.indexOf(role) < ROLES.indexOf(required)) throw new RoleTooLowError(required);
}
