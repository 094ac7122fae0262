import { Redis } from 'ioredis';
import { v7 as uuidv7 } from 'uuid';
import type { JobDeclaration } from '../../src/platform/queue/job-declaration.js';
import { JobService, type QueueOptions } from '../../src/platform/queue/job.service.js';
import { digestOf, JobStamper, OrganizationContextService } from '../../src/tenancy/index.js';
import type { BuiltOrganization } from './builders.js';
import { contextOf } from './contexts.js';
import { eventually } from './fault-proxy.js';
import { askAsSuperuser } from './superuser.js';
import type { TestApp } from './test-app.js';
import { environmentFor } from './test-environment.js';

export interface JobRow {
  readonly id: string;
  readonly organization_id: string;
  readonly state: string;
  readonly result: unknown;
  readonly failure_code: string | null;
  readonly failure_message: string | null;
  readonly attempt: number;
  readonly failures: number;
  readonly crashes: number;
  readonly actor_id: string;
  readonly progress: number | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
}

/** Ends whatever earlier tests left in the queue. */
export async function emptyQueue(): Promise<void> {
  await askAsSuperuser(
    `UPDATE jobs SET state = 'CANCELED', due_at = NULL, delivered_at = NULL WHERE due_at IS NOT NULL`,
  );
  await askAsSuperuser('DELETE FROM dead_letters');
  await emptyRedis();
}

/** Takes all that Redis has: keys and scripts, as a restart without persistence does. */
export async function emptyRedis(): Promise<void> {
  await atRedis(async (redis) => await redis.flushdb());
  await forgetScripts();
}

/** Takes the scripts from Redis, and leaves the keys and the connections. */
export async function forgetScripts(): Promise<void> {
  await atRedis(async (redis) => await redis.script('FLUSH'));
}

async function atRedis(work: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = new Redis(environmentFor()['REDIS_URL'] as string);
  await work(redis);
  redis.disconnect();
}

/** Queues a job as the organization's owner. */
export async function queueAs<Data extends object, Result extends object | void>(
  app: TestApp,
  organization: BuiltOrganization,
  declaration: JobDeclaration<Data, Result>,
  data: Data,
  options: QueueOptions & { readonly as?: { readonly id: string; readonly role?: 'MEMBER' | 'ADMIN' | 'OWNER' } } = {},
): Promise<string> {
  const { as, ...rest } = options;
  const { role = 'MEMBER' } = as ?? {};
  const context = contextOf(organization, {
    entryPoint: 'http',
    ...(as && { actor: { type: 'user', id: as.id }, role }),
  });
  const queue = () => app.get(JobService).queueLater(declaration, data, rest);
  return (await app.get(OrganizationContextService).run(context, queue)).id;
}

export async function findJob(id: string): Promise<JobRow> {
  const [row] = await askAsSuperuser<JobRow>('SELECT * FROM jobs WHERE id = $1', [id]);
  if (!row) throw new Error(`There is no job ${id}.`);
  return row;
}

/** Waits until the job is in the state. */
export async function untilJob(id: string, state: string, withinMs = 15_000): Promise<JobRow> {
  await eventually(async () => expect(await findJob(id)).toMatchObject({ id, state }), withinMs);
  return await findJob(id);
}

export async function deadLetters(): Promise<{ reason: string; message: string; count: number }[]> {
  return await askAsSuperuser('SELECT reason, message, count FROM dead_letters ORDER BY created_at');
}

/** Counts the effects of the jobs of this name. */
export async function countEffects(name: string): Promise<number> {
  const [row] = await askAsSuperuser<{ n: number }>('SELECT count(*)::int AS n FROM businesses WHERE name = $1', [
    name,
  ]);
  return row?.n ?? 0;
}

/** Counts the jobs of this name that are not completed. */
export async function unfinished(name: string): Promise<number> {
  const text = `SELECT count(*)::int AS n FROM jobs WHERE data->>'name' = $1 AND state <> 'COMPLETED'`;
  return (await askAsSuperuser<{ n: number }>(text, [name]))[0]?.n ?? 0;
}

/** Queues many jobs at once, as so many requests would. */
export async function queueInBulk<Data extends object, Result extends object | void>(
  app: TestApp,
  { id: organizationId, owner }: BuiltOrganization,
  { name }: JobDeclaration<Data, Result>,
  data: Data,
  count: number,
): Promise<void> {
  const actor = { type: 'user', id: owner.user.id } as const;
  const facts = { product: 'bestays', organizationId, actor, entryPoint: 'http', name } as const;
  const stamps = Array.from({ length: count }, () => ({ ...facts, jobId: uuidv7(), digest: digestOf(data) }));
  const signatures = stamps.map((stamp) => app.get(JobStamper).sign(stamp));
  await askAsSuperuser(
    `INSERT INTO jobs (organization_id, product, id, name, data, digest, signature, actor_type, actor_id, entry_point)
     SELECT $1, 'bestays', m.id, $2, $3, $4, m.signature, 'user', $5, 'http'
       FROM unnest($6::uuid[], $7::text[]) AS m (id, signature)`,
    [organizationId, name, data, digestOf(data), actor.id, stamps.map(({ jobId }) => jobId), signatures],
  );
}
