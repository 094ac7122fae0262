import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { CrewTask, CrewTaskComment } from '../../generated/prisma/client.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { resourceNotFound, versionConflict } from '../../platform/errors/general.errors.js';
import { type ListQuery, type Page, toKeyset, toPage } from '../../platform/http/pagination.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import { MembershipService } from '../memberships/membership.service.js';
import { CrewBoard } from './crew-board.js';
import type { ChangeTask, CreateComment } from './crew-execution.dto.js';
import { CrewTaskRepository } from './crew-task.repository.js';
import type { ExecutionWithJob } from './crew.types.js';

/** What people do with the tasks of an execution on its board. What a worker makes of a task is its own. */
@Injectable()
export class CrewTaskService {
  constructor(
    private readonly repository: CrewTaskRepository,
    private readonly members: MembershipService,
    private readonly board: CrewBoard,
    private readonly transactions: TransactionService,
    private readonly contexts: OrganizationContextService,
    private readonly audit: AuditService,
  ) {}

  /** Lists the tasks of an execution in the order of its crew. What they found may be about its client: that is on record. */
  async list({ id, clientId }: ExecutionWithJob): Promise<CrewTask[]> {
    const tasks = await this.repository.list(id);
    const entry = { action: 'crew-task.listed', entity: 'CrewExecution', entityId: id, clientId } as const;
    await this.audit.record({ ...entry, fields: [`rows:${tasks.length}`] });
    return tasks;
  }

  /** @throws CREW_TASK_NOT_FOUND */
  async get({ id: executionId, clientId }: ExecutionWithJob, id: string): Promise<CrewTask> {
    const task = await this.repository.get(executionId, id);
    await this.audit.record({ action: 'crew-task.read', entity: 'CrewTask', entityId: id, clientId });
    return task;
  }

  /** Moves a task to another lane, or gives it to somebody. @throws CREW_TASK_NOT_FOUND, MEMBER_NOT_FOUND, VERSION_CONFLICT */
  async change(
    executionId: string,
    id: string,
    { lane, assigneeId }: ChangeTask,
    version: number | undefined,
  ): Promise<CrewTask> {
    const current = await this.repository.get(executionId, id);
    if (typeof assigneeId === 'string') await this.requireMember(assigneeId);
    if (version !== undefined && version !== current.version) throw versionConflict();
    if (lane === undefined && assigneeId === undefined) return current;
    const data = { ...(lane !== undefined && { lane }), ...(assigneeId !== undefined && { assigneeId }) };
    const task = await this.transactions.run(async () => {
      const changed = await this.repository.change(id, version, data);
      if (!changed) throw versionConflict();
      if (lane !== undefined) await this.record('crew-task.moved', id, [`lane:${lane}`]);
      if (assigneeId !== undefined) await this.record('crew-task.assigned', id, [`assignee:${assigneeId ?? 'nobody'}`]);
      return changed;
    });
    await this.board.showTask(task);
    return task;
  }

  /** @throws CREW_TASK_NOT_FOUND */
  async listComments(executionId: string, id: string, query: ListQuery): Promise<Page<CrewTaskComment>> {
    await this.repository.get(executionId, id);
    const page = { ...query, includeInactive: true };
    return toPage(await this.repository.listComments(id, toKeyset(page)), page, (row) => row);
  }

  /** @throws CREW_TASK_NOT_FOUND */
  async comment(executionId: string, id: string, { text }: CreateComment): Promise<CrewTaskComment> {
    const task = await this.repository.get(executionId, id);
    const { actor } = this.contexts.requireOrganization();
    const comment = await this.transactions.run(async () => {
      const author = { authorType: actor.type, authorId: String(actor.id) };
      const added = await this.repository.addComment({ id: uuidv7(), taskId: id, text, ...author });
      await this.record('crew-task.commented', id, ['text']);
      return added;
    });
    await this.board.showComment(task, comment);
    return comment;
  }

  private async requireMember(userId: string): Promise<void> {
    const membership = await this.members.findByPerson({ userId });
    if (!membership?.isActive) throw resourceNotFound('member');
  }

  private async record(action: string, entityId: string, fields: readonly string[]): Promise<void> {
    await this.audit.record({ action, entity: 'CrewTask', entityId, fields });
  }
}
