import { Injectable } from '@nestjs/common';
import type { StampedJob } from '../../tenancy/index.js';
import { IdentityDatabase } from '../database/identity-database.js';

/** What the relay may know of a job of any organization: what its message says. */
interface DeliveryRow {
  readonly id: string;
  readonly organizationId: string;
  readonly product: string;
  readonly name: string;
  readonly digest: string;
  readonly signature: string;
  readonly actorType: 'user' | 'apiKey' | 'system';
  readonly actorId: string;
  readonly actorUserId: string | null;
  readonly entryPoint: StampedJob['stamp']['entryPoint'];
}

/** What waits and runs, over all organizations of the product. */
export interface QueueDepth {
  /** Due, and not yet at a worker. */
  readonly due: number;
  /** To be done later: delayed, or waiting for another try. */
  readonly later: number;
  readonly running: number;
  /** Since when the longest waiting one is due. */
  readonly oldestSeconds: number;
}

/** A message that no worker took in that time is sent again; one that still stands in the queue stays as it is. */
const REDELIVER_SECONDS = 10;

// One organization after the other: the first job of each, then the second of each, and those that have some under way
// come after those that have none. It hops over the organizations in the index, so that one's 100,000 jobs cost nothing.
// A message that is overdue takes no room: if all that may wait were lost, nothing would ever be sent again.
const CLAIM = `
  WITH RECURSIVE gate AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(hashtextextended('jobs:' || $1, 0)) AS is_open),
  at_work AS MATERIALIZED (
    SELECT organization_id, count(*) AS jobs, count(*) FILTER (WHERE state = 'QUEUED' AND due_at > now()) AS waiting
      FROM jobs WHERE product = $1 AND delivered_at IS NOT NULL GROUP BY organization_id),
  organizations AS (
    (SELECT organization_id FROM jobs WHERE product = $1 AND due_at IS NOT NULL ORDER BY organization_id LIMIT 1)
    UNION ALL
    SELECT (SELECT j.organization_id FROM jobs j
             WHERE j.product = $1 AND j.due_at IS NOT NULL AND j.organization_id > o.organization_id
             ORDER BY j.organization_id LIMIT 1)
      FROM organizations o WHERE o.organization_id IS NOT NULL),
  candidates AS (
    SELECT j.organization_id, j.id, j.due_at,
           j.place + coalesce((SELECT w.jobs FROM at_work w WHERE w.organization_id = j.organization_id), 0) AS turn
      FROM organizations o CROSS JOIN LATERAL (
        SELECT d.organization_id, d.id, d.due_at, row_number() OVER (ORDER BY d.due_at, d.id) AS place
          FROM jobs d WHERE d.product = $1 AND d.organization_id = o.organization_id AND d.due_at <= now()
           AND d.state = 'QUEUED'
         ORDER BY d.due_at, d.id LIMIT $2) j),
  chosen AS (
    SELECT c.organization_id, c.id FROM candidates c, gate WHERE gate.is_open ORDER BY c.turn, c.due_at, c.id
     LIMIT (SELECT greatest($2 - coalesce(sum(waiting), 0), 0) FROM at_work)),
  claimed AS (
    SELECT j.organization_id, j.id FROM jobs j JOIN chosen c USING (organization_id, id)
     WHERE j.product = $1 AND j.due_at <= now() AND j.state = 'QUEUED' FOR UPDATE OF j SKIP LOCKED)
  UPDATE jobs j
     SET state = 'QUEUED', delivered_at = now(), due_at = now() + make_interval(secs => ${REDELIVER_SECONDS})
    FROM claimed c WHERE j.organization_id = c.organization_id AND j.id = c.id
  RETURNING j.id, j.organization_id AS "organizationId", j.product, j.name, j.digest, j.signature,
            j.actor_type AS "actorType", j.actor_id AS "actorId", j.actor_user_id AS "actorUserId",
            j.entry_point AS "entryPoint"`;

// The first time at once. From the second on not together: one of those that were under way in the same worker may be what
// ends it, and the others shall get past it.
const REVIVE = `
  UPDATE jobs
     SET state = 'QUEUED', crashes = crashes + 1, delivered_at = NULL,
         due_at = now() + make_interval(secs => CASE WHEN crashes = 0 THEN 0 ELSE random() * 4 END)
   WHERE product = $1 AND delivered_at IS NOT NULL AND state = 'RUNNING' AND due_at <= now()`;

const RELEASE = `
  UPDATE jobs SET delivered_at = NULL, due_at = now() + interval '1 second'
   WHERE product = $1 AND state = 'QUEUED' AND (organization_id, id) IN (SELECT * FROM unnest($2::uuid[], $3::uuid[]))`;
const RELEASE_ALL = `
  UPDATE jobs SET delivered_at = NULL, due_at = now()
   WHERE product = $1 AND state = 'QUEUED' AND delivered_at IS NOT NULL`;
const DEPTH = `
  SELECT count(*) FILTER (WHERE state = 'QUEUED' AND (due_at <= now() OR delivered_at IS NOT NULL))::int AS due,
         count(*) FILTER (WHERE state = 'QUEUED' AND due_at > now() AND delivered_at IS NULL)::int AS later,
         count(*) FILTER (WHERE state = 'RUNNING')::int AS running,
         coalesce(extract(epoch FROM now() - min(coalesce(delivered_at, due_at))
           FILTER (WHERE state = 'QUEUED' AND (due_at <= now() OR delivered_at IS NOT NULL))), 0)::float AS "oldestSeconds"
    FROM jobs WHERE product = $1 AND due_at IS NOT NULL`;

/**
 * Finds the jobs that are due, in whichever organization.
 * @remarks As the identity role, whose rights and policy end at ids and signatures of unfinished jobs of the product, and
 * at having them delivered. See docs/decisions/2026-11-26-jobs-are-rows.md.
 */
@Injectable()
export class JobDeliveryRepository {
  constructor(private readonly identity: IdentityDatabase) {}

  /** Claims jobs that are due, fairly over the organizations, until so many wait at the workers. */
  async claim(window: number): Promise<StampedJob[]> {
    return (await this.identity.query<DeliveryRow>(null, CLAIM, window)).map(toMessage);
  }

  /** Queues jobs again whose worker fell silent. */
  async revive(): Promise<void> {
    await this.identity.query(null, REVIVE);
  }

  /** Takes claims back: the messages could not be sent. */
  async release(messages: readonly StampedJob[]): Promise<void> {
    const organizations = messages.map(({ stamp }) => stamp.organizationId);
    const ids = messages.map(({ stamp }) => stamp.jobId);
    await this.identity.query(null, RELEASE, organizations, ids);
  }

  /** Takes all claims back that no worker has: the queue was emptied. */
  async releaseAll(): Promise<void> {
    await this.identity.query(null, RELEASE_ALL);
  }

  async depth(): Promise<QueueDepth> {
    return (await this.identity.query<QueueDepth>(null, DEPTH))[0] as QueueDepth;
  }
}

function toMessage(row: DeliveryRow): StampedJob {
  const { id: jobId, organizationId, product, name, digest, signature, entryPoint, actorType, actorId } = row;
  const actor =
    actorType === 'apiKey'
      ? { type: actorType, id: actorId, userId: row.actorUserId ?? '' }
      : { type: actorType, id: actorId };
  return { stamp: { product, organizationId, actor, entryPoint, name, jobId, digest }, signature };
}
