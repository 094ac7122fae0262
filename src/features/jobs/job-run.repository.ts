import { Inject, Injectable } from '@nestjs/common';
import { Prisma, type Job } from '../../generated/prisma/client.js';
import { getOr404 } from '../../platform/database/get-or-404.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import type { Keyset } from '../../platform/http/pagination.js';
import { RETRYABLE } from './job.types.js';

/** What a job is when nothing of it was tried. `dueAt` and the rest make the relay deliver it. */
const toFresh = () => ({
  state: 'QUEUED',
  dueAt: new Date(),
  deliveredAt: null,
  cancelRequestedAt: null,
  finishedAt: null,
  failures: 0,
  crashes: 0,
  progress: null,
  result: Prisma.DbNull,
  failureCode: null,
  failureMessage: null,
});

@Injectable()
export class JobRunRepository {
  constructor(@Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'job'>) {}

  async list(filter: Prisma.JobWhereInput, page: Keyset): Promise<Job[]> {
    return await this.database.job.findMany({ ...page, where: { AND: [filter, page.where] } });
  }

  /** @throws JOB_NOT_FOUND */
  async get(id: string): Promise<Job> {
    return await getOr404<Prisma.JobWhereInput, Job>(this.database.job, { id }, 'job');
  }

  /** Tells whether the job is there, and of one of these kinds. */
  async isAmong(id: string, names: readonly string[]): Promise<boolean> {
    return (await this.database.job.count({ where: { id, name: { in: [...names] } } })) > 0;
  }

  /** Cancels a job that has not begun, or asks for it of one that has. Returns null if it has ended. */
  async cancel(id: string): Promise<Job | null> {
    const at = new Date();
    const [waiting] = await this.database.job.updateManyAndReturn({
      where: { id, state: 'QUEUED' },
      data: { state: 'CANCELED', dueAt: null, deliveredAt: null, cancelRequestedAt: at, finishedAt: at },
    });
    if (waiting) return waiting;
    const [running] = await this.database.job.updateManyAndReturn({
      where: { id, state: 'RUNNING' },
      data: { cancelRequestedAt: at },
    });
    return running ?? null;
  }

  /** Queues a job again. Returns null if it is under way or was done. */
  async retry(id: string): Promise<Job | null> {
    const where = { id, state: { in: [...RETRYABLE] } };
    const [job] = await this.database.job.updateManyAndReturn({ where, data: toFresh() });
    return job ?? null;
  }

  async listDead(limit: number): Promise<Pick<Job, 'id' | 'name' | 'failureCode'>[]> {
    const select = { id: true, name: true, failureCode: true };
    return await this.database.job.findMany({
      where: { state: 'DEAD' },
      select,
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      take: limit,
    });
  }
}
