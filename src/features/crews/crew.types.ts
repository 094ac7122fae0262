import type { CrewExecution, CrewTask, CrewTaskComment, Job } from '../../generated/prisma/client.js';

/** What the worker made of a task. */
export const TASK_STATES = ['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'SKIPPED', 'CANCELED'] as const;
export type TaskState = (typeof TASK_STATES)[number];

/** Where a task stands on the board. */
export const LANES = ['TODO', 'IN_PROGRESS', 'REVIEW', 'DONE', 'BLOCKED'] as const;
export type Lane = (typeof LANES)[number];

/** One task of a crew, as it was written down. */
export interface TaskPlan {
  /** By which other tasks refer to it: `{{tasks.<key>.…}}`. */
  readonly key: string;
  readonly name: string;
  /** Who does it: a role such as `editor`, for people and for the language model. */
  readonly agent: string;
  readonly instructions: string;
  /** Without one, the agent writes from what its dependencies found. */
  readonly tool: string | null;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly dependsOn: readonly string[];
}

export const MAX_TASKS = 30;

/** What a crew gets done is a job of this kind. */
export interface ExecutionResult {
  readonly executionId: string;
  readonly completed: number;
}

export type ExecutionWithJob = CrewExecution & { readonly job: Pick<Job, 'state' | 'progress'> };
export type TaskRow = CrewTask;
export type CommentRow = CrewTaskComment;

const ENDED: readonly string[] = ['FAILED', 'CANCELED', 'DEAD'];

/** Nobody works any more on what was begun, or was to be, when its job ended. */
export function shownState(state: string, jobState: string): TaskState {
  const isLeft = state === 'PENDING' || state === 'RUNNING';
  return isLeft && ENDED.includes(jobState) ? 'CANCELED' : (state as TaskState);
}
