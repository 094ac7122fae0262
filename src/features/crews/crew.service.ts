import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Crew, Prisma } from '../../generated/prisma/client.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { validationFailed, versionConflict } from '../../platform/errors/general.errors.js';
import { type ListQuery, type Page, toKeyset, toPage } from '../../platform/http/pagination.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import { ToolService } from '../tools/tool.service.js';
import type { CreateCrew, CrewTaskFields, UpdateCrew } from './crew.dto.js';
import { CrewRepository } from './crew.repository.js';
import type { TaskPlan } from './crew.types.js';
import { findPlanProblems } from './task-plan.js';

const MAX_REPORTED = 20;

/** The crews of the current organization: lists of tasks that can be worked through. */
@Injectable()
export class CrewService {
  constructor(
    private readonly repository: CrewRepository,
    private readonly tools: ToolService,
    private readonly transactions: TransactionService,
    private readonly contexts: OrganizationContextService,
    private readonly audit: AuditService,
  ) {}

  async list(query: ListQuery): Promise<Page<Crew>> {
    const filter = query.includeInactive ? {} : { isActive: true };
    return toPage(await this.repository.list(filter, toKeyset(query)), query, (row) => row);
  }

  /** Returns an active crew. @throws CREW_NOT_FOUND */
  async get(id: string): Promise<Crew> {
    return await this.repository.get({ id, isActive: true });
  }

  /** @throws VALIDATION_FAILED with each place that keeps the tasks from being worked through */
  async create({ name, description, tasks }: CreateCrew): Promise<Crew> {
    const plan = this.toPlan(tasks);
    return await this.transactions.run(async () => {
      const crew = await this.repository.add({ id: uuidv7(), name, description: description ?? null, tasks: plan });
      await this.record('crew.created', crew.id, ['name', 'tasks']);
      return crew;
    });
  }

  /** @throws CREW_NOT_FOUND, VERSION_CONFLICT, VALIDATION_FAILED */
  async update(id: string, { tasks, ...columns }: UpdateCrew, version: number | undefined): Promise<Crew> {
    await this.get(id);
    return await this.change(id, version, { ...columns, ...(tasks && { tasks: this.toPlan(tasks) }) }, 'crew.updated');
  }

  /** @throws CREW_NOT_FOUND, VERSION_CONFLICT */
  async deactivate(id: string, version: number | undefined): Promise<void> {
    await this.get(id);
    const { actor } = this.contexts.requireOrganization();
    const columns = { isActive: false, deletedAt: new Date(), deletedBy: actor.id };
    await this.change(id, version, columns, 'crew.deactivated');
  }

  /** @throws CREW_NOT_FOUND, VERSION_CONFLICT */
  async restore(id: string, version: number | undefined): Promise<Crew> {
    await this.repository.get({ id });
    return await this.change(id, version, { isActive: true, deletedAt: null, deletedBy: null }, 'crew.restored');
  }

  private toPlan(tasks: readonly CrewTaskFields[]): Prisma.InputJsonValue {
    const plan = tasks.map(
      ({ key, name, agent, instructions, tool = null, inputs = {}, dependsOn = [] }): TaskPlan => ({
        ...{ key, name, agent, instructions, tool, inputs, dependsOn },
      }),
    );
    const problems = findPlanProblems(plan, this.tools);
    if (problems.length > 0) throw validationFailed(problems.slice(0, MAX_REPORTED));
    return plan as unknown as Prisma.InputJsonValue;
  }

  private async change(
    id: string,
    version: number | undefined,
    data: Parameters<CrewRepository['update']>[2],
    action: string,
  ): Promise<Crew> {
    return await this.transactions.run(async () => {
      const crew = await this.repository.update(id, version, data);
      if (!crew) throw versionConflict();
      await this.record(action, id, Object.keys(data));
      return crew;
    });
  }

  private async record(action: string, entityId: string, fields: readonly string[]): Promise<void> {
    await this.audit.record({ action, entity: 'Crew', entityId, fields });
  }
}
