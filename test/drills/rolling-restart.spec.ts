import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { UpdatePublisher } from '../../src/platform/sockets/update-publisher.js';
import { ApiProcess } from '../support/api-process.js';
import { Balancer } from '../support/balancer.js';
import { buildBusiness, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { runAs } from '../support/contexts.js';
import { eventually } from '../support/fault-proxy.js';
import { countEffects, emptyQueue, queueAs, unfinished } from '../support/queue.js';
import { SocketClient } from '../support/socket-client.js';
import { TestApp } from '../support/test-app.js';
import { EFFECT, TestJobsModule } from '../support/test-jobs.js';
import { WorkerProcess } from '../support/worker-process.js';

const RESTARTS = Number(process.env['DRILL_RESTARTS'] ?? 20);
const SOCKETS = Number(process.env['DRILL_SOCKETS'] ?? 200);
const REQUESTS_PER_SECOND = Number(process.env['DRILL_RATE'] ?? 60);
const BACK_WITHIN_MS = 5_000;
/** As a production deployment: only there a process that leaves gives others time to notice. */
const PRODUCTION = {
  ENVIRONMENT: 'production',
  RATE_LIMIT_PER_MINUTE: '1000000',
  ...Object.fromEntries(
    ['GOOGLE_OAUTH_URL', 'GOOGLE_ANALYTICS_DATA_URL', 'GOOGLE_SEARCH_CONSOLE_URL', 'FACEBOOK_GRAPH_URL'].map((name) => [
      name,
      'https://127.0.0.1:1',
    ]),
  ),
};

/** R20: two APIs behind a balancer and two workers, each of them asked to stop and replaced, one after the other. */
describe(`${RESTARTS} rolling restarts under load`, () => {
  let app: TestApp;
  let organization: BuiltOrganization;
  let balancer: Balancer | undefined;
  const apis: ApiProcess[] = [];
  const workers: WorkerProcess[] = [];
  const dashboards: Dashboard[] = [];
  let published = 0;

  beforeAll(async () => {
    await emptyQueue();
    app = await TestApp.start({ modules: [TestJobsModule] });
    organization = await buildOrganization(app);
    for (let count = 0; count < 2; count += 1) {
      apis.push(await ApiProcess.start(PRODUCTION));
      workers.push(await WorkerProcess.start());
    }
    balancer = await Balancer.start(() => apis.map(({ url }) => url));
  }, 180_000);
  afterAll(async () => {
    for (const { client } of dashboards) client.close();
    await balancer?.stop();
    await Promise.all([...apis.map((api) => api.kill()), ...workers.map((worker) => worker.stop())]);
    await app.stop();
  });

  const restart = async (number: number) => {
    const index = Math.floor(number / 2) % 2;
    if (number % 2 === 0) {
      await apis[index]?.stop();
      apis[index] = await ApiProcess.start(PRODUCTION);
    } else {
      await workers[index]?.stop();
      workers[index] = await WorkerProcess.start();
    }
    // The balancer has seen the new one before the next one goes.
    await delay(1_000);
  };
  const publish = async () => {
    published += 1;
    const update = { topic: 'organization', resourceId: organization.id, type: 'note', progress: null };
    await runAs(app, organization, () => app.get(UpdatePublisher).publish({ ...update, status: String(published) }));
  };

  it(
    'fail no request, lose no update and no job, and bring sockets back within 5 s',
    async () => {
      const { id } = await buildBusiness(app, organization);
      const { url } = balancer as Balancer;
      for (let count = 0; count < SOCKETS; count += 1) dashboards.push(new Dashboard(url, organization));
      await eventually(
        async () => await Promise.resolve(expect(dashboards.every((each) => each.isHere)).toBe(true)),
        30_000,
      );

      const failures: string[] = [];
      const running = new Set<Promise<void>>();
      const name = randomUUID();
      let [sent, jobs, isOver] = [0, 0, false];
      const send = async () => {
        const isWrite = sent++ % 10 === 0;
        const path = `${url}/api/v1/businesses${isWrite ? '' : `/${id}`}`;
        const headers = { Authorization: `Bearer ${organization.owner.accessToken}`, Connection: 'close' };
        const post = { method: 'POST', body: JSON.stringify({ name: 'While others come and go' }) };
        const json = { ...headers, 'Content-Type': 'application/json' };
        const answer = await fetch(path, isWrite ? { ...post, headers: json } : { headers }).catch(String);
        if (typeof answer === 'string') failures.push(answer);
        else if (answer.status !== (isWrite ? 201 : 200)) failures.push(`${answer.status} ${await answer.text()}`);
        else await answer.arrayBuffer();
      };
      const load = async () => {
        for (; !isOver; await delay(1_000 / REQUESTS_PER_SECOND)) {
          const request = send().finally(() => running.delete(request));
          running.add(request);
        }
      };
      const updates = async () => {
        for (; !isOver; await delay(200)) await publish();
      };
      const work = async () => {
        for (; !isOver; await delay(300)) {
          await queueAs(app, organization, EFFECT, { name, ms: 300 });
          jobs += 1;
        }
      };
      const all = [load(), updates(), work()];
      for (let number = 0; number < RESTARTS; number += 1) await restart(number);
      isOver = true;
      await Promise.all([...all, ...running]);

      process.stdout.write(`${sent} requests, ${failures.length} failed; ${published} updates; ${jobs} jobs\n`);
      expect(failures).toEqual([]);
      await eventually(async () => expect(await unfinished(name)).toBe(0), 60_000);
      expect(await countEffects(name)).toBe(jobs);
      await eventually(async () => {
        await Promise.resolve();
        for (const { seen } of dashboards) expect(seen.size).toBe(published);
      }, 30_000);
      const away = dashboards.map(({ longestAwayMs }) => longestAwayMs);
      process.stdout.write(`the longest that a socket was away: ${Math.max(...away)} ms\n`);
      expect(Math.max(...away)).toBeLessThan(BACK_WITHIN_MS);
    },
    RESTARTS * 40_000 + 120_000,
  );
});

/** Shows what happens in an organization: comes back after a loss, with the last that it has seen. */
class Dashboard {
  readonly client: SocketClient;
  readonly seen = new Set<string>();
  longestAwayMs = 0;
  isHere = false;
  private lostAt: number | undefined;

  constructor(url: string, organization: BuiltOrganization) {
    const auth = { token: organization.owner.accessToken, organizationId: organization.id };
    const back = { reconnection: true, reconnectionDelay: 100, reconnectionDelayMax: 500, forceNew: true };
    this.client = SocketClient.open(url, '/organization', auth, back);
    const { socket } = this.client;
    socket.on('ready', () => {
      if (this.lostAt !== undefined) this.longestAwayMs = Math.max(this.longestAwayMs, Date.now() - this.lostAt);
      this.lostAt = undefined;
      this.isHere = true;
    });
    socket.on('disconnect', () => {
      this.lostAt ??= Date.now();
      this.isHere = false;
    });
    socket.on('update', ({ status, sequence }: { status: string; sequence: number }) => {
      this.seen.add(status);
      socket.auth = { ...auth, sequence };
    });
  }
}
