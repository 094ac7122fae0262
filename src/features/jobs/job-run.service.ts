import { Injectable } from '@nestjs/common';
import type { Job } from '../../generated/prisma/client.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { type Page, toKeyset, toPage } from '../../platform/http/pagination.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import type { JobListQuery } from './job.dto.js';
import { jobEnded, jobNotRetryable, jobOfAnotherMember } from './job.errors.js';
import { JobRunRepository } from './job-run.repository.js';

const REPLAYED_AT_ONCE = 1_000;

/** The organization's view of its jobs. */
@Injectable()
export class JobRunService {
  constructor(
    private readonly repository: JobRunRepository,
    private readonly transactions: TransactionService,
    private readonly contexts: OrganizationContextService,
    private readonly audit: AuditService,
  ) {}

  async list(query: JobListQuery): Promise<Page<Job>> {
    const { state, name } = query;
    const filter = { ...(state !== undefined && { state }), ...(name !== undefined && { name }) };
    const page = { ...query, includeInactive: true };
    return toPage(await this.repository.list(filter, toKeyset(page)), page, (row) => row);
  }

  /** @throws JOB_NOT_FOUND */
  async get(id: string): Promise<Job> {
    return await this.repository.get(id);
  }

  /**
   * Cancels a job: at once if it has not begun, else its worker is told within a second and stops the work.
   * @throws JOB_NOT_FOUND, JOB_OF_ANOTHER_MEMBER, JOB_ENDED
   */
  async cancel(id: string): Promise<Job> {
    return await this.change(id, 'job.canceled', jobEnded, () => this.repository.cancel(id));
  }

  /**
   * Queues a job again that did not succeed, as the same actor and with all its tries.
   * @throws JOB_NOT_FOUND, JOB_OF_ANOTHER_MEMBER, JOB_NOT_RETRYABLE
   */
  async retry(id: string): Promise<Job> {
    return await this.change(id, 'job.retried', jobNotRetryable, () => this.repository.retry(id));
  }

  /** Queues jobs again that were set aside: one, or all of the organization. Returns their ids. */
  async replay(id: string | undefined, isDryRun: boolean): Promise<string[]> {
    if (id !== undefined) return isDryRun ? [(await this.get(id)).id] : [(await this.retry(id)).id];
    const dead = await this.repository.listDead(REPLAYED_AT_ONCE);
    if (!isDryRun) for (const job of dead) await this.retry(job.id);
    return dead.map((job) => job.id);
  }

  private async change(
    id: string,
    action: string,
    refusal: () => Error,
    update: () => Promise<Job | null>,
  ): Promise<Job> {
    this.requireMine(await this.repository.get(id));
    return await this.transactions.run(async () => {
      const job = await update();
      if (!job) throw refusal();
      await this.audit.record({ action, entity: 'Job', entityId: id });
      return job;
    });
  }

  private requireMine(job: Job): void {
    const { actor, role } = this.contexts.requireOrganization();
    if (actor.type === 'system' || actor.id === job.actorId || role === 'ADMIN' || role === 'OWNER') return;
    throw jobOfAnotherMember();
  }
}
