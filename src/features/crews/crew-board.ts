import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { UpdatePublisher } from '../../platform/sockets/update-publisher.js';
import { ResourceRegistry } from '../../platform/sockets/resource.registry.js';
import { CrewExecutionRepository } from './crew-execution.repository.js';
import type { CommentRow, TaskRow } from './crew.types.js';

const KANBAN = 'crew-kanban';
const TOPICS = ['crew-execution', KANBAN] as const;

/** Shows people what happens to tasks: whoever watches the execution or its board, of the organization only. */
@Injectable()
export class CrewBoard implements OnApplicationBootstrap {
  private readonly logger = new Logger(CrewBoard.name);

  constructor(
    private readonly updates: UpdatePublisher,
    private readonly resources: ResourceRegistry,
    private readonly executions: CrewExecutionRepository,
  ) {}

  /** A board is subscribed to by the id of its execution; the execution itself is a job, and registered as one. */
  onApplicationBootstrap(): void {
    this.resources.register(KANBAN, (id) => this.executions.isThere(id));
  }

  /** Tells how a task stands now. Its output may be large: whoever needs it loads the task. */
  async showTask(task: TaskRow): Promise<void> {
    const { id, key, name, state, lane, assigneeId, attempt, version, failureCode, failureMessage } = task;
    const failure = failureCode === null ? null : { code: failureCode, message: failureMessage };
    const result = { task: { id, key, name, state, lane, assigneeId, attempt, version, failure } };
    for (const topic of TOPICS) {
      await this.publish({ topic, resourceId: task.executionId, type: 'task', status: state, progress: null, result });
    }
  }

  async showComment(task: TaskRow, { id, taskId, authorType, authorId, text, createdAt }: CommentRow): Promise<void> {
    const result = { comment: { id, taskId, authorType, authorId, text, createdAt } };
    const { executionId: resourceId, state: status } = task;
    await this.publish({ topic: KANBAN, resourceId, type: 'comment', status, progress: null, result });
  }

  /** The rows tell the same: that nobody could be told is no failure. */
  private async publish(update: Parameters<UpdatePublisher['publish']>[0]): Promise<void> {
    try {
      await this.updates.publish(update);
    } catch (error) {
      this.logger.warn(`An update of the execution ${update.resourceId} was not sent: ${String(error)}`);
    }
  }
}
