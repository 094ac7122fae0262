import { randomUUID } from 'node:crypto';
import { ApiProcess } from '../support/api-process.js';
import { buildBusiness, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { eventually, FaultProxy } from '../support/fault-proxy.js';
import { isLong } from '../support/long-form.js';
import { countEffects, emptyQueue, emptyRedis, queueAs, untilJob, unfinished } from '../support/queue.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import { environmentFor } from '../support/test-environment.js';
import { CONTEXT, CRASHING, EFFECT, type SeenContext, TestJobsModule } from '../support/test-jobs.js';
import { WorkerProcess } from '../support/worker-process.js';

const ORGANIZATIONS = 6;

/** Two workers and two API processes, compiled, beside the application that queues. */
describe('jobs of several processes', () => {
  let app: TestApp;
  let api: ApiProcess | undefined;
  const workers: WorkerProcess[] = [];
  const organizations: BuiltOrganization[] = [];
  let proxy: FaultProxy | undefined;
  const redisUrl = environmentFor()['REDIS_URL'] as string;
  const startWorker = () => WorkerProcess.start({ REDIS_URL: proxy?.url(redisUrl) });

  beforeAll(async () => {
    await emptyQueue();
    app = await TestApp.start({ modules: [TestJobsModule] });
    for (let index = 0; index < ORGANIZATIONS; index += 1) {
      const organization = await buildOrganization(app);
      await buildBusiness(app, organization, organization.slug);
      organizations.push(organization);
    }
    proxy = await FaultProxy.start(redisUrl);
    api = await ApiProcess.start();
    for (let index = 0; index < 2; index += 1) workers.push(await startWorker());
  }, 240_000);
  afterAll(async () => {
    await Promise.all([api?.kill(), ...workers.map((worker) => worker.stop())]);
    await app.stop();
    await proxy?.stop();
  });

  it('S0-14 S1-14 S1-27 never show one organization to another, in rows, results and log lines', async () => {
    const queued = await Promise.all(
      Array.from({ length: 6 }, () => organizations)
        .flat()
        .map(async (organization) => ({
          organization,
          id: await queueAs(app, organization, CONTEXT, { rounds: 3 }),
        })),
    );
    for (const { id, organization } of queued) {
      const { seen } = (await untilJob(id, 'COMPLETED', 20_000)).result as { seen: SeenContext[] };
      expect(new Set(seen.map(({ organizationId }) => organizationId))).toEqual(new Set([organization.id]));
      expect(seen.flatMap(({ rows }) => rows)).toEqual([organization.slug, organization.slug, organization.slug]);
    }
    const owners = new Map(queued.map(({ id, organization }) => [id, organization.id]));
    const lines = workers
      .flatMap((worker) => worker.lines)
      .filter((line) => line.includes('"seen"'))
      .map((line) => JSON.parse(line) as { requestId: string; organizationId: string; entryPoint: string });
    expect(lines).toHaveLength(queued.length * 3);
    expect(lines.filter((line) => owners.get(line.requestId) !== line.organizationId)).toEqual([]);
    expect(new Set(lines.map(({ entryPoint }) => entryPoint))).toEqual(new Set(['job']));
    // The other API process answers for the same rows.
    const [{ id, organization } = { id: '', organization: organizations[0] as BuiltOrganization }] = queued;
    const headers = { authorization: `Bearer ${organization.owner.accessToken}`, 'x-organization-id': organization.id };
    expect(await (await fetch(`${api?.url}/api/v1/jobs/${id}`, { headers })).json()).toMatchObject({
      state: 'COMPLETED',
    });
  }, 90_000);

  it('are each done once in their effect when a worker is killed while it has them', async () => {
    const name = randomUUID();
    const queued = Array.from({ length: 40 }, (_, index) =>
      queueAs(app, organizations[index % ORGANIZATIONS] as BuiltOrganization, EFFECT, { name, ms: 200 }),
    );
    await Promise.all(queued);
    await eventually(async () => expect(await countEffects(name)).toBeGreaterThan(3));
    await workers[0]?.kill();
    workers[0] = await startWorker();
    await eventually(async () => expect(await unfinished(name)).toBe(0), 25_000);
    expect(await countEffects(name)).toBe(40);
  }, 120_000);

  // Half a minute more: in drills.
  if (!isLong) return;

  it('are each done once when Redis is killed and comes back empty, and none is lost', async () => {
    const name = randomUUID();
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        queueAs(app, organizations[index % ORGANIZATIONS] as BuiltOrganization, EFFECT, { name, ms: 200 }),
      ),
    );
    for (let kill = 0; kill < 3; kill += 1) {
      await proxy?.refuse();
      await emptyRedis();
      await proxy?.resume();
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    await eventually(async () => expect(await unfinished(name)).toBe(0), 25_000);
    expect(await countEffects(name)).toBe(60);
  }, 90_000);

  it('go back and on when a worker is asked to stop, and none is lost', async () => {
    const name = randomUUID();
    const [organization] = organizations as [BuiltOrganization];
    await Promise.all(Array.from({ length: 20 }, () => queueAs(app, organization, EFFECT, { name, ms: 300 })));
    await eventually(async () => expect(await countEffects(name)).toBeGreaterThan(0));
    await workers.shift()?.stop();
    await eventually(async () => expect(await unfinished(name)).toBe(0), 25_000);
    expect(await countEffects(name)).toBe(20);
    const crashed = await askAsSuperuser(`SELECT 1 FROM jobs WHERE data->>'name' = $1 AND crashes > 0`, [name]);
    expect(crashed).toEqual([]);
  }, 90_000);

  it('are set aside when they end their worker each time', async () => {
    const [organization] = organizations as [BuiltOrganization];
    // One that is ended, and one that finds out.
    workers.push(await startWorker());
    const id = await queueAs(app, organization, CRASHING, {}, { delaySeconds: 3_600 });
    // As if it had ended four workers already; the fifth is real.
    await askAsSuperuser(`UPDATE jobs SET crashes = 4, due_at = now() WHERE id = $1`, [id]);
    await eventually(async () => expect(workers.some(({ hasEnded }) => hasEnded)).toBe(true), 10_000);
    expect(await untilJob(id, 'DEAD', 20_000)).toMatchObject({ failure_code: 'JOB_CRASHED', crashes: 5, attempt: 2 });
  }, 120_000);
});
