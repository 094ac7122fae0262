import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { JobFailure, toJobFailure } from '../../platform/queue/job-failure.js';
import type { JobRun } from '../../platform/queue/job-processor.js';
import { CrewBoard } from './crew-board.js';
import { CrewExecutionRepository } from './crew-execution.repository.js';
import { CrewTaskRepository } from './crew-task.repository.js';
import { CrewWorker } from './crew-worker.js';
import { crewDependencyFailed, crewTasksFailed } from './crew.errors.js';
import type { ExecutionResult, ExecutionWithJob, TaskRow } from './crew.types.js';
import type { TemplateScope } from './task-template.js';

/** Tasks of one execution that are worked on at the same time. */
const AT_ONCE = 3;

type Run = JobRun<ExecutionResult>;

/**
 * Works through the tasks of an execution in the order of their dependencies. What a task came to is stored once: only by
 * the worker that has the job, and never again. A retry, or the worker after one that died, goes on after what is completed.
 */
@Injectable()
export class CrewRunner {
  constructor(
    private readonly executions: CrewExecutionRepository,
    private readonly tasks: CrewTaskRepository,
    private readonly worker: CrewWorker,
    private readonly board: CrewBoard,
  ) {}

  /** @throws CREW_TASKS_FAILED if not all were done; what the run was stopped with */
  async execute(run: Run): Promise<ExecutionResult> {
    const execution = await this.executions.get(run.jobId);
    const rows = await run.checkpoint(() => this.tasks.resume(execution.id));
    const walk = new Walk(execution, rows, run);
    const ended = await this.walk(walk).catch((error: unknown) => this.abandon(walk, error));
    const failed = ended.filter(({ row }) => row.state !== 'COMPLETED');
    if (failed.length > 0) {
      // What was skipped says nothing of whether trying again may help.
      const causes = failed.filter(({ row }) => row.state === 'FAILED');
      throw crewTasksFailed(
        failed.map(({ row }) => row.name),
        rows.length,
        causes.every(({ isRetryable }) => isRetryable),
      );
    }
    return await run.complete(() => Promise.resolve({ executionId: execution.id, completed: rows.length }));
  }

  private async walk(walk: Walk): Promise<EndedTask[]> {
    const settled = await Promise.allSettled(walk.rows.map((row) => this.end(walk, row)));
    return settled.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    });
  }

  /** Shows what nobody works on any more. Its rows stay as they are: a retry begins with them. */
  private async abandon(walk: Walk, error: unknown): Promise<never> {
    if (error instanceof JobFailure && error.code === 'JOB_CANCELED') {
      for (const row of walk.unfinished) await this.board.showTask({ ...row, state: 'CANCELED' });
    }
    throw error;
  }

  /** Brings a task to its end, after all that it depends on. Asked for again, it is the same end. */
  private end(walk: Walk, row: TaskRow): Promise<EndedTask> {
    const known = walk.ends.get(row.key);
    if (known) return known;
    const end = this.endAfterOthers(walk, row);
    walk.ends.set(row.key, end);
    return end;
  }

  private async endAfterOthers(walk: Walk, row: TaskRow): Promise<EndedTask> {
    const before = await Promise.all(row.dependsOn.map((key) => this.end(walk, walk.row(key))));
    if (row.state === 'COMPLETED') return { row, isRetryable: false };
    const missing = before.find(({ row: { state } }) => state !== 'COMPLETED');
    if (missing)
      return { row: await this.fail(walk, row, 'SKIPPED', crewDependencyFailed(missing.row.key)), isRetryable: false };
    return await walk.limit(() => this.attempt(walk, row));
  }

  private async attempt(walk: Walk, row: TaskRow): Promise<EndedTask> {
    const { run } = walk;
    await this.store(walk, () => this.tasks.start(row.id));
    try {
      const output = await this.worker.perform(row, walk.scope, run.signal);
      return { row: await this.store(walk, () => this.tasks.complete(row.id, output)), isRetryable: false };
    } catch (error) {
      // The job was lost, canceled or given back: that is the job's end, not the task's.
      run.signal.throwIfAborted();
      if (error instanceof JobFailure) throw error;
      const failure = toJobFailure(error, run.jobId);
      return { row: await this.fail(walk, row, 'FAILED', failure), isRetryable: failure.isRetryable };
    }
  }

  private async fail(
    walk: Walk,
    { id }: TaskRow,
    state: 'FAILED' | 'SKIPPED',
    reason: { code: string; message: string },
  ) {
    return await this.store(walk, () => this.tasks.fail(id, state, reason));
  }

  private async store(walk: Walk, change: () => Promise<TaskRow>): Promise<TaskRow> {
    const row = await walk.run.checkpoint(change);
    await this.board.showTask(row);
    walk.note(row);
    await walk.run.progress(walk.percent);
    return row;
  }
}

interface EndedTask {
  readonly row: TaskRow;
  readonly isRetryable: boolean;
}

/** One way through the tasks of an execution. */
class Walk {
  readonly ends = new Map<string, Promise<EndedTask>>();
  readonly limit = pLimit(AT_ONCE);
  private readonly current: Map<string, TaskRow>;

  constructor(
    private readonly execution: ExecutionWithJob,
    readonly rows: readonly TaskRow[],
    readonly run: Run,
  ) {
    this.current = new Map(rows.map((row) => [row.key, row]));
  }

  /** How much of it has ended, whichever way. */
  get percent(): number {
    return (100 * (this.current.size - this.unfinished.length)) / this.current.size;
  }

  get unfinished(): TaskRow[] {
    return [...this.current.values()].filter(({ state }) => state === 'PENDING' || state === 'RUNNING');
  }

  row(key: string): TaskRow {
    const row = this.current.get(key);
    if (!row)
      throw new Error(`The task ${key} is not among those of the execution: it was checked when they were written.`);
    return row;
  }

  note(row: TaskRow): void {
    this.current.set(row.key, row);
  }

  /** What templates find; that a task refers only to what it depends on was checked when the crew was written. */
  get scope(): TemplateScope {
    const done = [...this.current.values()].filter(({ state }) => state === 'COMPLETED');
    return {
      tasks: Object.fromEntries(done.map(({ key, output }) => [key, output as unknown])),
      inputs: this.execution.inputs as Record<string, unknown>,
      client: { id: this.execution.clientId },
    };
  }
}
