import { randomUUID } from 'node:crypto';
import { BullQueue } from '../../src/platform/queue/bull-queue.js';
import { JobWorker } from '../../src/platform/queue/job-worker.js';
import { JobStamper, type StampedJob } from '../../src/tenancy/index.js';
import {
  buildJob,
  buildMember,
  buildOrganization,
  type BuiltOrganization,
  buildSuperuser,
  type BuiltUser,
} from '../support/builders.js';
import { carryOut } from '../support/command-line.js';
import { expectIndistinguishable } from '../support/expect-isolated.js';
import { eventually } from '../support/fault-proxy.js';
import { deadLetters, emptyQueue, findJob, queueAs, queueInBulk, untilJob } from '../support/queue.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import { CONTEXT, EFFECT, FAILING, SLEEP, SleepProcessor, TestJobsModule } from '../support/test-jobs.js';

interface Row {
  readonly organization_id: string;
  readonly product: string;
  readonly name: string;
  readonly digest: string;
  readonly signature: string;
  readonly actor_id: string;
  readonly entry_point: 'http';
}

describe('the jobs of an organization', () => {
  let app: TestApp;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;
  let member: BuiltUser;

  beforeAll(async () => {
    await emptyQueue();
    app = await TestApp.start({ modules: [TestJobsModule] });
    [acme, globex] = [await buildOrganization(app), await buildOrganization(app)];
    member = await buildMember(app, acme);
  });
  afterAll(async () => await app.stop());

  const http = (as: { accessToken: string } = acme.owner) => app.http(as, acme.id);
  /** The message of a job, as it stands in the queue. */
  const messageOf = async (id: string): Promise<StampedJob> => {
    const [row] = await askAsSuperuser<Row>('SELECT * FROM jobs WHERE id = $1', [id]);
    const { organization_id: organizationId, product, name, digest, signature, actor_id, entry_point } = row as Row;
    const actor = { type: 'user', id: actor_id } as const;
    return { stamp: { product, organizationId, actor, entryPoint: entry_point, name, jobId: id, digest }, signature };
  };

  it('are listed and read by its members, and are missing for everybody else', async () => {
    const mine = await buildJob(acme);
    const theirs = await buildJob(globex);
    const { body } = await http(member).get('/api/v1/jobs?state=DEAD').expect(200);
    expect(body.data).toMatchObject([{ id: mine, state: 'DEAD', failure: { code: 'BUILT' }, result: null }]);
    await http(member).get(`/api/v1/jobs/${mine}`).expect(200);
    await expectIndistinguishable(theirs, (id) => http().get(`/api/v1/jobs/${id}`));
    await expectIndistinguishable(theirs, (id) => http().post(`/api/v1/jobs/${id}/cancellation`));
    await expectIndistinguishable(theirs, (id) => http().post(`/api/v1/jobs/${id}/retry`));
  });

  it('are canceled before they begin by who asked for them, or by an administrator, on record', async () => {
    const waiting = await queueAs(app, acme, CONTEXT, { rounds: 1 }, { delaySeconds: 60 });
    const refused = await http(member).post(`/api/v1/jobs/${waiting}/cancellation`).expect(403);
    expect(refused.body).toMatchObject({ code: 'JOB_OF_ANOTHER_MEMBER' });
    const { body } = await http().post(`/api/v1/jobs/${waiting}/cancellation`).expect(202);
    expect(body).toMatchObject({ id: waiting, state: 'CANCELED' });
    expect((await http().post(`/api/v1/jobs/${waiting}/cancellation`).expect(422)).body).toMatchObject({
      code: 'JOB_ENDED',
    });
    const audit = await http().get(`/api/v1/audit-logs?action=job.canceled`).expect(200);
    expect(audit.body.data).toMatchObject([{ entityId: waiting, actorId: acme.owner.user.id }]);
  });

  describe('while a worker runs', () => {
    beforeAll(() => app.get(JobWorker).start());

    it('are really stopped when they are canceled', async () => {
      const id = await queueAs(app, acme, SLEEP, { ms: 60_000 }, { as: { id: member.user.id } });
      await untilJob(id, 'RUNNING');
      const { body } = await http(member).post(`/api/v1/jobs/${id}/cancellation`).expect(202);
      expect(body).toMatchObject({ state: 'RUNNING', isCancelRequested: true });
      expect(await untilJob(id, 'CANCELED')).toMatchObject({ failure_code: 'JOB_CANCELED' });
      expect(app.get(SleepProcessor).interruptions).toMatchObject([{ code: 'JOB_CANCELED' }]);
    });

    it('are tried again with all their tries, over HTTP and by queue:replay', async () => {
      const id = await queueAs(app, acme, FAILING, { times: 9 });
      await untilJob(id, 'DEAD');
      await http().post(`/api/v1/jobs/${id}/retry`).expect(202);
      await eventually(async () => expect((await findJob(id)).attempt).toBeGreaterThan(3), 10_000);
      await untilJob(id, 'DEAD');
      expect((await carryOut('queue:replay')).code).toBe(2);
      const replayed = await carryOut('queue:replay', '--organization', acme.slug, '--job', id, '--json');
      expect(JSON.parse(replayed.stdout)).toMatchObject({ replayed: [{ organization: acme.slug, jobs: [id] }] });
      await eventually(async () => expect((await findJob(id)).attempt).toBeGreaterThan(6), 10_000);
      const done = await queueAs(app, acme, CONTEXT, { rounds: 1 });
      await untilJob(done, 'COMPLETED');
      expect((await http().post(`/api/v1/jobs/${done}/retry`).expect(422)).body.code).toBe('JOB_NOT_RETRYABLE');
    }, 90_000);

    it('S1-25 runs nothing that is unsigned, tampered with, foreign or replayed, and keeps each with its reason', async () => {
      const name = randomUUID();
      const done = await queueAs(app, acme, EFFECT, { name, ms: 0 });
      await untilJob(done, 'COMPLETED');
      const waiting = await queueAs(app, acme, EFFECT, { name: `${name} waits`, ms: 0 }, { delaySeconds: 300 });
      const [ended, genuine] = [await messageOf(done), await messageOf(waiting)];
      const fresh = (changes: object) => ({ ...genuine, stamp: { ...genuine.stamp, ...changes } });
      const sign = (message: StampedJob) => ({ ...message, signature: app.get(JobStamper).sign(message.stamp) });
      const forged: [string, unknown][] = [
        ['JOB_UNSIGNED', { ...genuine, signature: undefined }],
        ['JOB_UNSIGNED', { ...genuine, stamp: undefined, organizationId: acme.id }],
        ['JOB_UNSIGNED', null],
        ['JOB_TAMPERED', fresh({ organizationId: globex.id })],
        ['JOB_TAMPERED', fresh({ organizationId: null })],
        ['JOB_TAMPERED', fresh({ actor: { type: 'user', id: globex.owner.user.id } })],
        ['JOB_TAMPERED', fresh({ actor: { type: 'system', id: genuine.stamp.actor.id } })],
        ['JOB_TAMPERED', fresh({ name: CONTEXT.name })],
        ['JOB_TAMPERED', fresh({ digest: ended.stamp.digest })],
        ['JOB_TAMPERED', fresh({ jobId: randomUUID() })],
        ['JOB_TAMPERED', { ...genuine, signature: ended.signature }],
        ['JOB_FOREIGN', sign(fresh({ organizationId: globex.id }))],
        ['JOB_FOREIGN', sign(fresh({ product: 'realestate' }))],
        ['JOB_UNKNOWN', sign(fresh({ name: 'nobody-does-it' }))],
        ['JOB_REPLAYED', ended],
      ];
      await askAsSuperuser('DELETE FROM dead_letters');
      const { queue } = rawQueue(app);
      for (const [, message] of forged) await queue.add(message, { removeOnComplete: true });
      // In time for nobody: what is not due yet is not begun by its own message either.
      await queue.add(genuine, { removeOnComplete: true });
      await eventually(async () => expect(await deadLetters()).toHaveLength(forged.length), 10_000);
      expect((await deadLetters()).map(({ reason }) => reason).sort()).toEqual(forged.map(([reason]) => reason).sort());
      expect(await findJob(waiting)).toMatchObject({ state: 'QUEUED', attempt: 0 });
      expect(await findJob(done)).toMatchObject({ state: 'COMPLETED', attempt: 1 });
      const effects = await askAsSuperuser('SELECT 1 FROM businesses WHERE name LIKE $1', [`${name}%`]);
      expect(effects).toHaveLength(1);
    });

    it('S1-25 runs no data but what was signed, also if its row was changed in the database', async () => {
      const id = await queueAs(app, acme, EFFECT, { name: 'as signed', ms: 0 }, { delaySeconds: 1 });
      await askAsSuperuser(`UPDATE jobs SET data = '{"name":"changed","ms":0}' WHERE id = $1`, [id]);
      expect(await untilJob(id, 'DEAD')).toMatchObject({ failure_code: 'JOB_TAMPERED', result: null });
    });

    it('S1-25 end, and hold nobody up, if the row is not what was signed', async () => {
      const id = await queueAs(app, acme, EFFECT, { name: 'moved', ms: 0 }, { delaySeconds: 1 });
      await askAsSuperuser(`UPDATE jobs SET actor_id = $2 WHERE id = $1`, [id, globex.owner.user.id]);
      expect(await untilJob(id, 'DEAD')).toMatchObject({ failure_code: 'JOB_TAMPERED', attempt: 0 });
    });

    it('show in numbers to superusers, operators and metrics, and in the readiness', async () => {
      const superuser = await buildSuperuser(app);
      await app.http(acme.owner).get('/api/v1/platform/queues').expect(403);
      const { body } = await app.http(superuser).get('/api/v1/platform/queues').expect(200);
      expect(body.data).toMatchObject([{ name: 'jobs', deadLetters: expect.any(Array), running: 0 }]);
      const status = await carryOut('queue:status', '--json');
      expect(JSON.parse(status.stdout)).toMatchObject({ name: 'jobs', dead: body.data[0].dead });
      await eventually(async () => {
        const { body: health } = await app.http().get('/api/health/ready').expect(200);
        expect(health.dependencies).toEqual({ database: 'up', redis: 'up', worker: 'up' });
      }, 15_000);
      const metrics = await app
        .http({ accessToken: process.env['METRICS_TOKEN'] as string })
        .get('/metrics')
        .expect(200);
      expect(metrics.text).toMatch(/jobs_ended_total\{name="test-effect",state="COMPLETED"\} [1-9]/);
      expect(metrics.text).toMatch(/jobs_unfinished\{state="later"\} [1-9]/);
      expect(metrics.text).not.toContain(acme.id);
    }, 90_000);

    it('begin before thousands of another organization that were queued earlier', async () => {
      await queueInBulk(app, globex, EFFECT, { name: 'of many', ms: 5 }, 2_000);
      const id = await queueAs(app, acme, CONTEXT, { rounds: 1 });
      const { created_at } = await untilJob(id, 'COMPLETED');
      // What stood in the queue already, and what was taken meanwhile: a few times what the worker does at once.
      const [overtaken] = await askAsSuperuser<{ n: number }>(
        `SELECT count(*)::int AS n FROM jobs WHERE organization_id = $1 AND delivered_at > $2
            AND delivered_at < (SELECT started_at FROM jobs WHERE id = $3)`,
        [globex.id, created_at, id],
      );
      expect(overtaken?.n).toBeLessThan(200);
      await emptyQueue();
    });
  });
});

/** Bull itself, as somebody with Redis would use it. */
function rawQueue(app: TestApp) {
  const adapter = app.get(BullQueue) as unknown as {
    open(): { add(message: unknown, options: object): Promise<unknown> };
  };
  return { queue: adapter.open() };
}
