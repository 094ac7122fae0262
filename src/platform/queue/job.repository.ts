import { Injectable } from '@nestjs/common';
import { OrganizationSql } from '../database/organization-sql.js';
import { jobLost } from './job-failure.js';

export interface NewJob {
  readonly id: string;
  readonly name: string;
  readonly key: string | null;
  readonly data: object;
  readonly digest: string;
  readonly signature: string;
  readonly actorType: string;
  readonly actorId: string;
  readonly actorUserId: string | null;
  readonly entryPoint: string;
  /** Left out: at once, by the clock of the database. */
  readonly dueAt?: Date;
}

/** One start of a job: the right to store what comes of it, until another start has it. */
export interface StartedJob {
  readonly id: string;
  readonly attempt: number;
  readonly failures: number;
  readonly crashes: number;
  readonly data: object;
  readonly isOrganizationActive: boolean;
}

export type FinalState = 'COMPLETED' | 'FAILED' | 'CANCELED' | 'DEAD';

/** A worker that says nothing for so long has lost the job. */
const LEASE_SECONDS = 5;

// Whoever adds the same key at this moment is waited for, and then seen by a second try only.
const ADD = `
  WITH added AS (
    INSERT INTO jobs (organization_id, id, name, key, data, digest, signature, actor_type, actor_id, actor_user_id,
                      entry_point, due_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, coalesce($12, now()))
    ON CONFLICT (organization_id, name, key) DO NOTHING RETURNING id, state)
  SELECT id, state, true AS "isNew" FROM added
  UNION ALL
  SELECT id, state, false FROM jobs WHERE organization_id = $1 AND name = $3 AND key = $4`;
const START = `
  UPDATE jobs j
     SET state = 'RUNNING', attempt = attempt + 1, started_at = now(), updated_at = now(),
         due_at = now() + make_interval(secs => ${LEASE_SECONDS})
   WHERE j.organization_id = $1 AND j.id = $2 AND j.state = 'QUEUED' AND j.delivered_at IS NOT NULL
  RETURNING j.id, j.attempt, j.failures, j.crashes, j.data,
            (SELECT o.is_active FROM organizations o WHERE o.id = j.organization_id) AS "isOrganizationActive"`;
const KEEP = `
  UPDATE jobs SET due_at = now() + make_interval(secs => ${LEASE_SECONDS})
   WHERE organization_id = $1 AND id = $2 AND attempt = $3 AND state = 'RUNNING'
  RETURNING cancel_requested_at IS NOT NULL AS "isCanceled"`;
const HOLD = `
  UPDATE jobs SET updated_at = now() WHERE organization_id = $1 AND id = $2 AND attempt = $3 AND state = 'RUNNING'
  RETURNING cancel_requested_at IS NOT NULL AS "isCanceled"`;
const STATE = 'SELECT state FROM jobs WHERE organization_id = $1 AND id = $2';
const FINISH = `
  UPDATE jobs
     SET state = $4::text, due_at = NULL, delivered_at = NULL, finished_at = clock_timestamp(), updated_at = clock_timestamp(),
         progress = CASE WHEN $4::text = 'COMPLETED' THEN 100 ELSE progress END, result = coalesce($5, result),
         failure_code = $6, failure_message = $7
   WHERE organization_id = $1 AND id = $2 AND attempt = $3 AND state = 'RUNNING' RETURNING id`;
const PROGRESS = `
  UPDATE jobs SET progress = $4, updated_at = now()
   WHERE organization_id = $1 AND id = $2 AND attempt = $3 AND state = 'RUNNING' RETURNING id`;
const REQUEUE = `
  UPDATE jobs SET state = 'QUEUED', delivered_at = NULL, due_at = now() + make_interval(secs => $4),
         failures = failures + $5, failure_code = $6, failure_message = $7, updated_at = now()
   WHERE organization_id = $1 AND id = $2 AND attempt = $3 AND state = 'RUNNING' RETURNING id`;
const DISCARD = `
  UPDATE jobs SET state = 'DEAD', due_at = NULL, delivered_at = NULL, finished_at = now(), updated_at = now(),
         failure_code = $3, failure_message = $4
   WHERE organization_id = $1 AND id = $2 AND state = 'QUEUED' RETURNING id`;
const POSTPONE = `
  UPDATE jobs SET delivered_at = NULL, due_at = now() + make_interval(secs => $3)
   WHERE organization_id = $1 AND id = $2 AND state = 'QUEUED' RETURNING id`;

/** The rows of jobs of the current organization. */
@Injectable()
export class JobRepository {
  constructor(private readonly sql: OrganizationSql) {}

  /** Adds a row, unless there is one of its name and key; returns the id of the one that counts. */
  async add(job: NewJob): Promise<{ id: string; state: string; isNew: boolean }> {
    const { id, name, key, data, digest, signature, actorType, actorId, actorUserId, entryPoint, dueAt = null } = job;
    const actor = [actorType, actorId, actorUserId];
    const values = [id, name, key, JSON.stringify(data), digest, signature, ...actor, entryPoint, dueAt];
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const [row] = await this.sql.change<{ id: string; state: string; isNew: boolean }>(ADD, ...values);
      if (row) return row;
    }
    throw new Error(`The job ${name} was neither added nor found.`);
  }

  /** Returns null unless the job is there, was delivered and is not at work. */
  async start(id: string): Promise<StartedJob | null> {
    return (await this.sql.change<StartedJob>(START, id))[0] ?? null;
  }

  /** Ends a job that cannot be delivered: its row is not what was signed. */
  async discard(id: string, { code, message }: Required<Omit<Finish, 'result'>>): Promise<void> {
    await this.sql.change(DISCARD, id, code, message);
  }

  /** Has a job delivered again after a while: this worker cannot do it. */
  async postpone(id: string, pauseSeconds: number): Promise<void> {
    await this.sql.change(POSTPONE, id, pauseSeconds);
  }

  async findState(id: string): Promise<string | null> {
    return (await this.sql.read<{ state: string }>(STATE, id))[0]?.state ?? null;
  }

  /** Says that the worker still has the job. Returns null if it has not. */
  async keep({ id, attempt }: StartedJob): Promise<{ isCanceled: boolean } | null> {
    return (await this.sql.change<{ isCanceled: boolean }>(KEEP, id, attempt))[0] ?? null;
  }

  /**
   * Locks the row of a job until the open transaction ends: nobody else can start it before.
   * @throws JOB_LOST if another worker has it
   */
  async hold({ id, attempt }: StartedJob): Promise<{ isCanceled: boolean }> {
    const [row] = await this.sql.change<{ isCanceled: boolean }>(HOLD, id, attempt);
    if (!row) throw jobLost();
    return row;
  }

  async noteProgress({ id, attempt }: StartedJob, percent: number): Promise<void> {
    await this.sql.change(PROGRESS, id, attempt, percent);
  }

  /**
   * Ends a job. In an open transaction it counts with it.
   * @throws JOB_LOST if another worker has it
   */
  async finish({ id, attempt }: StartedJob, state: FinalState, facts: Finish): Promise<void> {
    const { result, code = null, message = null } = facts;
    const shown = result === undefined ? null : JSON.stringify(result);
    if ((await this.sql.change(FINISH, id, attempt, state, shown, code, message)).length === 0) throw jobLost();
  }

  /** Gives a job back, to be delivered again after a pause. */
  async requeue({ id, attempt }: StartedJob, pauseSeconds: number, facts: Requeue): Promise<void> {
    const { isFailure, code, message } = facts;
    await this.sql.change(REQUEUE, id, attempt, pauseSeconds, isFailure ? 1 : 0, code, message);
  }
}

export interface Finish {
  readonly result?: object;
  readonly code?: string;
  readonly message?: string;
}

export interface Requeue {
  readonly isFailure: boolean;
  readonly code: string | null;
  readonly message: string | null;
}
