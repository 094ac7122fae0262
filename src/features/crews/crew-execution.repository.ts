import { Inject, Injectable } from '@nestjs/common';
import type { Prisma } from '../../generated/prisma/client.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import { resourceNotFound } from '../../platform/errors/general.errors.js';
import type { Keyset } from '../../platform/http/pagination.js';
import type { ExecutionWithJob } from './crew.types.js';

const WITH_JOB = { job: { select: { state: true, progress: true } } } as const;

@Injectable()
export class CrewExecutionRepository {
  constructor(
    @Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'crewExecution' | 'crewTask'>,
  ) {}

  async list(filter: Prisma.CrewExecutionWhereInput, page: Keyset): Promise<ExecutionWithJob[]> {
    const where = { AND: [filter, page.where] };
    return await this.database.crewExecution.findMany({ ...page, where, include: WITH_JOB });
  }

  /** @throws CREW_EXECUTION_NOT_FOUND */
  async get(id: string): Promise<ExecutionWithJob> {
    const row = await this.database.crewExecution.findFirst({ where: { id }, include: WITH_JOB });
    if (!row) throw resourceNotFound('crew execution');
    return row;
  }

  async isThere(id: string): Promise<boolean> {
    return (await this.database.crewExecution.count({ where: { id } })) > 0;
  }

  /** Adds an execution with its tasks; part of the caller's transaction. */
  async add(
    execution: Prisma.CrewExecutionUncheckedCreateInput,
    tasks: Prisma.CrewTaskCreateManyInput[],
  ): Promise<void> {
    await this.database.crewExecution.create({ data: execution, select: { id: true } });
    await this.database.crewTask.createMany({ data: tasks });
  }
}
