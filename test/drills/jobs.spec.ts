import { randomInt, randomUUID } from 'node:crypto';
import { buildBusiness, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { eventually, FaultProxy } from '../support/fault-proxy.js';
import { countEffects, emptyQueue, emptyRedis, queueAs, queueInBulk, unfinished, untilJob } from '../support/queue.js';
import { seededRandom } from '../support/random.js';
import { TestApp } from '../support/test-app.js';
import { environmentFor } from '../support/test-environment.js';
import { CONTEXT, EFFECT, type SeenContext, TestJobsModule } from '../support/test-jobs.js';
import { WorkerProcess } from '../support/worker-process.js';

const SEED = Number(process.env['SEED'] ?? randomInt(1_000_000));
const JOBS = 500;
/** No more than the pool has connections: on a busy machine the others would wait too long for one. */
const AT_ONCE = 10;

/** Long forms of test/e2e/jobs-processes.spec.ts: `npm run drills -- jobs`. */
describe(`jobs through outages (SEED=${SEED})`, () => {
  let app: TestApp;
  let proxy: FaultProxy;
  let organizations: BuiltOrganization[];
  const workers: WorkerProcess[] = [];
  const redisUrl = environmentFor()['REDIS_URL'] as string;
  const random = seededRandom(SEED);
  const startWorker = () => WorkerProcess.start({ REDIS_URL: proxy.url(redisUrl) });
  const queueMany = async (name: string, count: number, ms: number) => {
    for (let start = 0; start < count; start += AT_ONCE) {
      const batch = Array.from({ length: Math.min(AT_ONCE, count - start) }, (_, index) => start + index);
      await Promise.all(
        batch.map((index) =>
          queueAs(app, organizations[index % organizations.length] as BuiltOrganization, EFFECT, { name, ms }),
        ),
      );
    }
  };

  beforeAll(async () => {
    await emptyQueue();
    app = await TestApp.start({ modules: [TestJobsModule] });
    proxy = await FaultProxy.start(redisUrl);
    organizations = [];
    for (let index = 0; index < 50; index += 1) {
      const organization = await buildOrganization(app);
      await buildBusiness(app, organization, organization.slug);
      organizations.push(organization);
    }
    workers.push(await startWorker(), await startWorker());
  }, 120_000);
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await app.stop();
    await proxy.stop();
  });

  // First: later each has businesses of other names, too.
  it('keeps 50 organizations apart with ten jobs at a time in each worker', async () => {
    const queued: { id: string; organization: BuiltOrganization }[] = [];
    for (let round = 0; round < 4; round += 1) {
      queued.push(
        ...(await Promise.all(
          organizations.map(async (organization) => ({
            organization,
            id: await queueAs(app, organization, CONTEXT, { rounds: 5 }),
          })),
        )),
      );
    }
    const owners = new Map(queued.map(({ id, organization }) => [id, organization]));
    for (const [id, organization] of owners) {
      const { seen } = (await untilJob(id, 'COMPLETED', 60_000)).result as { seen: SeenContext[] };
      for (const { organizationId, rows } of seen) {
        expect([organizationId, rows]).toEqual([organization.id, [organization.slug]]);
      }
    }
    const lines = workers
      .flatMap((worker) => worker.lines)
      .filter((line) => line.includes('"seen"'))
      .map((line) => JSON.parse(line) as { requestId: string; organizationId: string });
    expect(lines).toHaveLength(queued.length * 5);
    expect(lines.filter((line) => owners.get(line.requestId)?.id !== line.organizationId)).toEqual([]);
  }, 120_000);

  it('R12 loses none of 500 jobs and does none twice while workers are killed twenty times', async () => {
    const name = randomUUID();
    await queueMany(name, JOBS, 400);
    for (let kill = 0; kill < 20; kill += 1) {
      const victim = Math.floor(random() * 2);
      await new Promise((resolve) => setTimeout(resolve, 200 + random() * 800));
      await workers[victim]?.kill();
      workers[victim] = await startWorker();
    }
    const killedAt = Date.now();
    await eventually(async () => expect(await unfinished(name)).toBe(0), 60_000);
    report('workers killed 20 times', killedAt);
    expect(await countEffects(name)).toBe(JOBS);
  }, 300_000);

  it('R13 loses none of 500 jobs and does none twice while Redis is killed and emptied ten times', async () => {
    const name = randomUUID();
    await queueMany(name, JOBS, 400);
    for (let kill = 0; kill < 10; kill += 1) {
      await proxy.refuse();
      await emptyRedis();
      await new Promise((resolve) => setTimeout(resolve, random() * 500));
      await proxy.resume();
      await new Promise((resolve) => setTimeout(resolve, 500 + random() * 1_000));
    }
    const killedAt = Date.now();
    await eventually(async () => expect(await unfinished(name)).toBe(0), 60_000);
    report('Redis killed and emptied 10 times', killedAt);
    expect(await countEffects(name)).toBe(JOBS);
  }, 300_000);

  it('P12 begins the one job of an organization within two seconds behind 10,000 of another', async () => {
    const [first, second] = organizations as [BuiltOrganization, BuiltOrganization];
    const name = randomUUID();
    await queueInBulk(app, first, EFFECT, { name, ms: 50 }, 10_000);
    const waits: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const single = await queueAs(app, second, CONTEXT, { rounds: 1 });
      const { created_at, started_at } = await untilJob(single, 'COMPLETED');
      waits.push((started_at as Date).getTime() - created_at.getTime());
    }
    process.stdout.write(`single jobs behind 10,000 began after ${waits.join(', ')} ms\n`);
    expect(Math.max(...waits)).toBeLessThan(2_000);
    await emptyQueue();
  }, 120_000);
});

function report(what: string, since: number): void {
  process.stdout.write(`${what}: all done ${((Date.now() - since) / 1_000).toFixed(1)} s after the last\n`);
}
