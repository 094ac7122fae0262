import { Inject, Injectable } from '@nestjs/common';
import { type CrewTask, type CrewTaskComment, Prisma } from '../../generated/prisma/client.js';
import { getOr404 } from '../../platform/database/get-or-404.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import type { Keyset } from '../../platform/http/pagination.js';

/** Left by a try that ended, of its own or with its worker. */
const TO_BE_DONE_AGAIN = ['RUNNING', 'FAILED', 'SKIPPED'];

@Injectable()
export class CrewTaskRepository {
  constructor(
    @Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'crewTask' | 'crewTaskComment'>,
  ) {}

  async list(executionId: string): Promise<CrewTask[]> {
    return await this.database.crewTask.findMany({
      where: { executionId },
      orderBy: [{ position: 'asc' }, { id: 'asc' }],
    });
  }

  /** @throws CREW_TASK_NOT_FOUND */
  async get(executionId: string, id: string): Promise<CrewTask> {
    const where = { id, executionId };
    return await getOr404<Prisma.CrewTaskWhereInput, CrewTask>(this.database.crewTask, where, 'crew task');
  }

  /** Makes everything that is not completed wait again, and returns all tasks. */
  async resume(executionId: string): Promise<CrewTask[]> {
    const where = { executionId, state: { in: TO_BE_DONE_AGAIN } };
    // People may have put a task elsewhere meanwhile: there it stays.
    const moved = { ...where, lane: { in: ['IN_PROGRESS', 'BLOCKED'] } };
    await this.database.crewTask.updateMany({ where: moved, data: { lane: 'TODO' } });
    await this.database.crewTask.updateMany({
      where,
      data: {
        ...{ state: 'PENDING', failureCode: null, failureMessage: null, startedAt: null, finishedAt: null },
        version: { increment: 1 },
      },
    });
    return await this.list(executionId);
  }

  async start(id: string): Promise<CrewTask> {
    const data = { state: 'RUNNING', lane: 'IN_PROGRESS', startedAt: new Date(), attempt: { increment: 1 } };
    return await this.move(id, data);
  }

  async complete(id: string, output: object): Promise<CrewTask> {
    return await this.move(id, { state: 'COMPLETED', lane: 'DONE', output, finishedAt: new Date() });
  }

  async fail(
    id: string,
    state: 'FAILED' | 'SKIPPED',
    { code, message }: { code: string; message: string },
  ): Promise<CrewTask> {
    const failure = { failureCode: code.slice(0, 60), failureMessage: message.slice(0, 1_000) };
    return await this.move(id, { state, lane: 'BLOCKED', output: Prisma.DbNull, finishedAt: new Date(), ...failure });
  }

  /** Returns the changed row, or null if it has another version. */
  async change(
    id: string,
    version: number | undefined,
    data: Prisma.CrewTaskUncheckedUpdateManyInput,
  ): Promise<CrewTask | null> {
    const [row] = await this.database.crewTask.updateManyAndReturn({
      where: { id, ...(version !== undefined && { version }) },
      data: { ...data, version: { increment: 1 } },
    });
    return row ?? null;
  }

  async listComments(taskId: string, page: Keyset): Promise<CrewTaskComment[]> {
    return await this.database.crewTaskComment.findMany({ ...page, where: { AND: [{ taskId }, page.where] } });
  }

  async addComment(comment: Prisma.CrewTaskCommentUncheckedCreateInput): Promise<CrewTaskComment> {
    return await this.database.crewTaskComment.create({ data: comment });
  }

  /** The newest tasks that were completed. */
  async listCompleted(limit: number): Promise<CrewTask[]> {
    return await this.database.crewTask.findMany({
      where: { state: 'COMPLETED' },
      orderBy: [{ updatedAt: 'desc' }, { id: 'desc' }],
      take: limit,
    });
  }

  private async move(id: string, data: Prisma.CrewTaskUncheckedUpdateManyInput): Promise<CrewTask> {
    const row = await this.change(id, undefined, data);
    if (!row) throw new Error(`The task ${id} is gone: nothing removes tasks.`);
    return row;
  }
}
