import { buildClient, buildMember, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { expectIndistinguishable } from '../support/expect-isolated.js';
import { eventually } from '../support/fault-proxy.js';
import { LlmServer } from '../support/llm-server.js';
import { PageServer } from '../support/page-server.js';
import { emptyQueue, untilJob } from '../support/queue.js';
import { SocketClient } from '../support/socket-client.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import { WorkerProcess } from '../support/worker-process.js';

interface Task {
  readonly id: string;
  readonly key: string;
  readonly state: string;
  readonly lane: string;
  readonly attempt: number;
  readonly output: Record<string, unknown> | null;
  readonly failure: { readonly code: string } | null;
  readonly version: number;
}

const task = (key: string, fields: object = {}) => ({
  ...{ key, name: `Task ${key}`, agent: 'researcher', instructions: `Do ${key}.`, ...fields },
});
const fetchTask = (key: string, url: string, dependsOn: string[] = []) =>
  task(key, { tool: 'page-fetch', inputs: { url }, dependsOn });

describe('crews', () => {
  let app: TestApp;
  let worker: WorkerProcess;
  let site: PageServer;
  let llm: LlmServer;
  let environment: NodeJS.ProcessEnv;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;

  beforeAll(async () => {
    await emptyQueue();
    [site, llm] = [await PageServer.start(), await LlmServer.start()];
    environment = { ...llm.environment, WEB_ALLOWED_HOSTS: site.host };
    [app, worker] = await Promise.all([TestApp.start({ environment }), WorkerProcess.start(environment)]);
    [acme, globex] = [await buildOrganization(app), await buildOrganization(app)];
    for (const path of ['/one', '/two'])
      site.page(path, `Page ${path}`, `<p>What ${path} says of hand-made shoes.</p>`);
  }, 120_000);
  afterAll(async () => {
    await worker.stop();
    await app.stop();
    await Promise.all([site.stop(), llm.stop()]);
  });
  beforeEach(() => llm.reset());

  const http = (as = acme.owner, { id } = acme) => app.http(as, id);
  const buildCrew = async (tasks: object[]) =>
    (await http().post('/api/v1/crews').send({ name: 'Crew', tasks }).expect(201)).body as {
      id: string;
      version: number;
    };
  const request = async (tasks: object[], body: object = {}) => {
    const { id: crewId } = await buildCrew(tasks);
    return (
      await http()
        .post('/api/v1/crew-executions')
        .send({ crewId, ...body })
        .expect(202)
    ).body.id as string;
  };
  const tasksOf = async (id: string): Promise<Task[]> =>
    (await http().get(`/api/v1/crew-executions/${id}/tasks`).expect(200)).body.data as Task[];
  const statesOf = async (id: string) => Object.fromEntries((await tasksOf(id)).map(({ key, state }) => [key, state]));
  const connect = async (namespace: string, { owner, id }: BuiltOrganization) =>
    await SocketClient.connect(app.url, namespace, { token: owner.accessToken, organizationId: id });

  it('are worked through by a worker in the order of their dependencies, seen live by their organization only', async () => {
    const client = await buildClient(app, acme, { name: 'Shoemaker' });
    llm.reply = ({ body }) => ({
      content: `Summary of ${body.messages[1]?.content.includes('Page /two') ? 'both' : 'one'}`,
    });
    site.hold('/one');
    const id = await request(
      [
        task('write', { agent: 'editor', instructions: 'Sum up {{inputs.subject}}.', dependsOn: ['second', 'client'] }),
        fetchTask('second', '{{tasks.first.links.0.url}}', ['first']),
        fetchTask('first', '{{inputs.url}}'),
        task('client', { tool: 'client-data', inputs: { clientId: '{{client.id}}' } }),
        task('search', { tool: 'result-search', inputs: { query: '{{tasks.write.text}}' }, dependsOn: ['write'] }),
      ],
      { clientId: client.id, inputs: { url: site.url('/one'), subject: 'shoes' } },
    );
    site.page('/one', 'Page /one', '<p>What one says.</p><a href="/two">Two</a>');
    const [board, execution] = [await connect('/crew-kanban', acme), await connect('/crew-execution', acme)];
    const strangers = [await connect('/crew-kanban', globex), await connect('/crew-execution', globex)];
    for (const socket of [board, execution])
      expect(await socket.ask('subscribe', { resourceId: id })).toMatchObject({ data: { resourceId: id } });
    for (const socket of strangers)
      expect(await socket.ask('subscribe', { resourceId: id })).toMatchObject({
        error: { code: 'RESOURCE_NOT_FOUND' },
      });
    site.release('/one');
    await untilJob(id, 'COMPLETED');
    const tasks = await tasksOf(id);
    expect(tasks.map(({ key, state, lane }) => [key, state, lane])).toEqual(
      ['write', 'second', 'first', 'client', 'search'].map((key) => [key, 'COMPLETED', 'DONE']),
    );
    const outputs = Object.fromEntries(tasks.map(({ key, output }) => [key, output]));
    expect(outputs).toMatchObject({
      write: { text: 'Summary of both', method: 'LLM' },
      second: { title: 'Page /two' },
      client: { name: 'Shoemaker' },
    });
    await eventually(async () => {
      const moves = board.all('update').map(({ result }) => (result as { task?: Task }).task);
      const seen = moves.filter((move) => move !== undefined).map(({ key, state, lane }) => `${key} ${state} ${lane}`);
      for (const key of ['first', 'second', 'write', 'search']) {
        expect(seen).toContain(`${key} COMPLETED DONE`);
      }
      // Nothing begins before what it needs is done.
      expect(seen.indexOf('second RUNNING IN_PROGRESS')).toBeGreaterThan(seen.indexOf('first COMPLETED DONE'));
      expect(seen.indexOf('write RUNNING IN_PROGRESS')).toBeGreaterThan(seen.indexOf('second COMPLETED DONE'));
      const types = await Promise.resolve(execution.all('update').map(({ type }) => type));
      expect(types).toEqual(expect.arrayContaining(['task', 'progress', 'completed']));
    });
    for (const socket of strangers) expect(JSON.stringify(socket.frames)).not.toContain(id);
    for (const socket of [board, execution, ...strangers]) socket.close();
  });

  it('go on after the finished tasks when their worker is killed, and store each task once', async () => {
    site.asked.length = 0;
    site.hold('/two');
    const id = await request([
      fetchTask('first', site.url('/one')),
      fetchTask('second', site.url('/two'), ['first']),
      fetchTask('third', site.url('/one?third'), ['second']),
    ]);
    site.page('/one?third', 'Third', '<p>The third page says little.</p>');
    await eventually(async () => expect(await Promise.resolve(site.countAsked('/two'))).toBeGreaterThan(0), 20_000);
    // Compared with now: on a busy machine a worker may have lost the job for a moment before.
    const [first, second] = (await tasksOf(id)) as [Task, Task];
    const asked = site.countAsked('/one');
    expect([first.state, second.state]).toEqual(['COMPLETED', 'RUNNING']);
    await worker.kill();
    site.release('/two');
    worker = await WorkerProcess.start(environment);
    await untilJob(id, 'COMPLETED', 30_000);
    const after = (await tasksOf(id)) as [Task, Task, Task];
    expect(after.map(({ state }) => state)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
    expect([after[0].attempt, after[0].version, site.countAsked('/one')]).toEqual([
      first.attempt,
      first.version,
      asked,
    ]);
    expect(after[1].attempt).toBeGreaterThan(second.attempt);
    expect(after[2].output).toMatchObject({ title: 'Third' });
  }, 60_000);

  it('fail what depends on a failed task, finish the rest, and a retry does only what is left', async () => {
    site.asked.length = 0;
    const id = await request(
      [
        fetchTask('good', site.url('/one')),
        task('bad', { tool: 'page-fetch', inputs: { url: '{{inputs.url}}' } }),
        task('after', { dependsOn: ['bad'] }),
        fetchTask('other', site.url('/two'), ['good']),
      ],
      { inputs: { url: 'http://127.0.0.1:1/' } },
    );
    expect(await untilJob(id, 'FAILED')).toMatchObject({ failure_code: 'CREW_TASKS_FAILED', failures: 0 });
    const before = await tasksOf(id);
    const asked = site.countAsked('/one');
    expect(before.map(({ key, state, lane, failure }) => [key, state, lane, failure?.code ?? null])).toEqual([
      ['good', 'COMPLETED', 'DONE', null],
      ['bad', 'FAILED', 'BLOCKED', 'WEB_PORT_REFUSED'],
      ['after', 'SKIPPED', 'BLOCKED', 'CREW_DEPENDENCY_FAILED'],
      ['other', 'COMPLETED', 'DONE', null],
    ]);
    // What it was asked for with stays as it was; only a test can mend it.
    await askAsSuperuser(`UPDATE crew_executions SET inputs = $2 WHERE id = $1`, [id, { url: site.url('/two') }]);
    await http().post(`/api/v1/jobs/${id}/retry`).expect(202);
    await untilJob(id, 'COMPLETED');
    const [good, bad, , other] = (await tasksOf(id)) as [Task, Task, Task, Task];
    expect([good.version, other.version]).toEqual([before[0]?.version, before[3]?.version]);
    expect(bad.attempt).toBeGreaterThan(before[1]?.attempt ?? 0);
    expect(site.countAsked('/one')).toBe(asked);
  });

  it('stop when their job is canceled, also for a tool that waits', async () => {
    site.hold('/two');
    const id = await request([fetchTask('first', site.url('/two')), fetchTask('second', site.url('/one'), ['first'])]);
    await eventually(async () => expect(await statesOf(id)).toMatchObject({ first: 'RUNNING' }), 10_000);
    await http().post(`/api/v1/jobs/${id}/cancellation`).expect(202);
    await untilJob(id, 'CANCELED');
    site.release('/two');
    expect(await statesOf(id)).toEqual({ first: 'CANCELED', second: 'CANCELED' });
  });

  it('have a board on which people move, assign and comment, live and on record', async () => {
    const id = await request([fetchTask('only', site.url('/one'))]);
    await untilJob(id, 'COMPLETED');
    const [only] = (await tasksOf(id)) as [Task];
    const [board, stranger] = [await connect('/crew-kanban', acme), await connect('/crew-kanban', globex)];
    await board.ask('subscribe', { resourceId: id });
    await stranger.ask('subscribe', { resourceId: globex.id });
    const member = await buildMember(app, acme);
    const path = `/api/v1/crew-executions/${id}/tasks/${only.id}`;
    const assigneeId = member.user.id;
    const change = { lane: 'REVIEW', assigneeId };
    const stale = http(member).patch(path).set('If-Match', '"1"').send(change);
    expect((await stale.expect(412)).body).toMatchObject({ code: 'VERSION_CONFLICT' });
    const changed = await http(member).patch(path).set('If-Match', `"${only.version}"`).send(change).expect(200);
    expect(changed.body).toMatchObject({ lane: 'REVIEW', assigneeId, state: 'COMPLETED', version: only.version + 1 });
    const text = 'Please look at the title.';
    const comment = await http(member).post(`${path}/comments`).send({ text }).expect(201);
    expect(comment.body).toMatchObject({ authorId: assigneeId, authorType: 'user', text });
    expect((await http().get(`${path}/comments`).expect(200)).body.data).toEqual([comment.body]);
    const results = [await board.next('update', 1), await board.next('update', 2)].map(({ result }) => result);
    expect(results).toMatchObject([{ task: { lane: 'REVIEW', assigneeId } }, { comment: { text } }]);
    expect(JSON.stringify(stranger.frames)).not.toContain(only.id);
    const acts = await askAsSuperuser<{ action: string; fields: string[] }>(
      `SELECT action, fields FROM audit_logs WHERE organization_id = $1 AND entity_id = $2 AND actor_id = $3 ORDER BY sequence`,
      [acme.id, only.id, assigneeId],
    );
    expect(acts).toEqual([
      { action: 'crew-task.moved', fields: ['lane:REVIEW'] },
      { action: 'crew-task.assigned', fields: [`assignee:${assigneeId}`] },
      { action: 'crew-task.commented', fields: ['text'] },
    ]);
    // Nobody of another organization can be given the task, and nobody of it reaches the board.
    await expectIndistinguishable(globex.owner.user.id, (user) => http().patch(path).send({ assigneeId: user }));
    const other = http(globex.owner, globex);
    await expectIndistinguishable(id, (target) => other.get(`/api/v1/crew-executions/${target}/tasks`));
    await expectIndistinguishable(id, (target) =>
      other.post(`/api/v1/crew-executions/${target}/tasks/${only.id}/comments`).send({ text }),
    );
    board.close();
    stranger.close();
  });

  it('are refused with the place that keeps them from being worked through', async () => {
    const refused = async (tasks: object[]) =>
      (await http().post('/api/v1/crews').send({ name: 'Crew', tasks }).expect(400)).body.errors as {
        path: string;
        message: string;
      }[];
    expect((await refused([task('a', { dependsOn: ['b'] }), task('b', { dependsOn: ['a'] })]))[0]).toMatchObject({
      path: 'tasks',
      message: expect.stringContaining('a → b → a'),
    });
    expect((await refused([task('a', { tool: 'nothing' })]))[0]?.path).toBe('tasks.0.tool');
    expect((await refused([task('a', { tool: 'keyword-list', inputs: { limit: 5 } })]))[0]?.path).toBe(
      'tasks.0.inputs.clientId',
    );
    const { id: crewId } = await buildCrew([task('a', { instructions: '{{inputs.subject}} of {{client.id}}' })]);
    const send = (body: object) =>
      http()
        .post('/api/v1/crew-executions')
        .send({ crewId, ...body });
    expect((await send({}).expect(400)).body.errors[0].path).toBe('inputs.subject');
    expect((await send({ inputs: { subject: 'x', password: 'y' } }).expect(400)).body.errors[0].path).toBe('inputs');
    expect((await send({ inputs: { subject: 'x' } }).expect(422)).body.code).toBe('CREW_CLIENT_REQUIRED');
  });

  it('ask for each task whether the actor still belongs to the organization', async () => {
    const member = await buildMember(app, acme);
    site.hold('/two');
    const { id: crewId } = await buildCrew([
      fetchTask('first', site.url('/two')),
      fetchTask('second', site.url('/one'), ['first']),
    ]);
    const { body } = await http(member).post('/api/v1/crew-executions').send({ crewId }).expect(202);
    await eventually(async () => expect(await statesOf(body.id)).toMatchObject({ first: 'RUNNING' }), 10_000);
    await askAsSuperuser(`UPDATE memberships SET is_active = false WHERE organization_id = $1 AND user_id = $2`, [
      ...[acme.id, member.user.id],
    ]);
    site.release('/two');
    await untilJob(body.id, 'FAILED');
    const [, second] = await tasksOf(body.id);
    expect(second).toMatchObject({ state: 'FAILED', failure: { code: 'ORGANIZATION_NOT_FOUND' } });
  });
});
