import { randomUUID } from 'node:crypto';
import { REFRESH_CREDENTIALS } from '../../src/features/providers/credential-refresh.processor.js';
import { JobScheduler } from '../../src/platform/queue/job-scheduler.js';
import { JobWorker } from '../../src/platform/queue/job-worker.js';
import { buildClientWithData, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { eventually } from '../support/fault-proxy.js';
import { emptyQueue, queueAs, untilJob } from '../support/queue.js';
import { SocketClient } from '../support/socket-client.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import { SLEEP, TestJobsModule } from '../support/test-jobs.js';

describe('jobs and their dashboards', () => {
  let app: TestApp;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;

  beforeAll(async () => {
    await emptyQueue();
    app = await TestApp.start({ modules: [TestJobsModule] });
    [acme, globex] = [await buildOrganization(app), await buildOrganization(app)];
    app.get(JobWorker).start();
  });
  afterAll(async () => await app.stop());

  const connect = async ({ owner, id }: BuiltOrganization) =>
    await SocketClient.connect(app.url, '/organization', { token: owner.accessToken, organizationId: id });

  it('S1-18 S1-24 brings what a job does to those who subscribed to it, and to nobody of another organization', async () => {
    const [watcher, stranger] = [await connect(acme), await connect(globex)];
    const id = await queueAs(app, acme, SLEEP, { ms: 600 });
    expect(await watcher.ask('subscribe', { resourceId: id })).toMatchObject({ data: expect.anything() });
    const refusals = [
      await stranger.ask('subscribe', { resourceId: id }),
      await stranger.ask('subscribe', { resourceId: randomUUID() }),
    ].map(({ error }: { error?: { code: string; detail: string } }) => ({ code: error?.code, detail: error?.detail }));
    expect(refusals[0]).toEqual(refusals[1]);
    expect(refusals[0]?.code).toMatch(/NOT_FOUND/);
    await untilJob(id, 'COMPLETED');
    await eventually(async () => {
      const told = watcher.frames.filter(({ event }) => event === 'update').map(({ value }) => value);
      expect(await Promise.resolve(told.at(-1))).toMatchObject({
        type: 'completed',
        status: 'COMPLETED',
        progress: 100,
        resourceId: id,
        organizationId: acme.id,
      });
    });
    expect(JSON.stringify(stranger.frames)).not.toContain(id);
    watcher.close();
    stranger.close();
  });

  it('S0-4 refreshes the credentials of every organization once a day, each in its own context', async () => {
    await buildClientWithData(app, acme);
    await buildClientWithData(app, globex);
    const noon = new Date(Date.UTC(2031, 0, 15, 12));
    await Promise.all([app.get(JobScheduler).look(noon), app.get(JobScheduler).look(noon)]);
    await app.get(JobScheduler).look(noon);
    for (const { id } of [acme, globex]) {
      const jobs = await askAsSuperuser<{ id: string }>(
        'SELECT id FROM jobs WHERE organization_id = $1 AND name = $2 AND key = $3',
        [id, REFRESH_CREDENTIALS.name, '2031-01-15'],
      );
      expect(jobs).toHaveLength(1);
      const [job] = jobs as [{ id: string }];
      expect((await untilJob(job.id, 'COMPLETED')).result).toMatchObject({ due: 2, failed: 0 });
    }
    await eventually(async () => {
      const unchecked = await askAsSuperuser(
        'SELECT id FROM client_credentials WHERE organization_id = ANY ($1) AND health_checked_at IS NULL',
        [[acme.id, globex.id]],
      );
      expect(unchecked).toEqual([]);
    }, 15_000);
    const records = await askAsSuperuser<{ organization_id: string; entry_point: string }>(
      `SELECT DISTINCT organization_id, entry_point FROM audit_logs WHERE action = 'credential.health-changed'
        AND organization_id = ANY ($1)`,
      [[acme.id, globex.id]],
    );
    for (const { entry_point: entryPoint } of records) expect(entryPoint).toBe('job');
  });
});
