import { JobWorker } from '../../src/platform/queue/job-worker.js';
import { build, buildClient, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { expectIndistinguishable } from '../support/expect-isolated.js';
import { LlmServer } from '../support/llm-server.js';
import { PageServer } from '../support/page-server.js';
import { emptyQueue, untilJob } from '../support/queue.js';
import { SocketClient } from '../support/socket-client.js';
import { TestApp } from '../support/test-app.js';

const QUESTION = 'How long does oak bark tanning take?';

describe('research reports', () => {
  let app: TestApp;
  let llm: LlmServer;
  let own: PageServer;
  let rival: PageServer;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;
  let clientId: string;

  beforeAll(async () => {
    await emptyQueue();
    [llm, own, rival] = [await LlmServer.start(), await PageServer.start(), await PageServer.start()];
    const environment = { ...llm.environment, WEB_ALLOWED_HOSTS: `${own.host},${rival.host}` };
    app = await TestApp.start({ environment });
    [acme, globex] = [await buildOrganization(app), await buildOrganization(app)];
    app.get(JobWorker).start();
    own.page(
      '/',
      'Own site',
      '<p>We make hand-made shoes of the best leather, and have done so for years.</p><a href="/tanning">Oak bark tanning</a><a href="/imprint">Imprint</a>',
    );
    own.page(
      '/tanning',
      'Tanning',
      '<p>Oak bark tanning takes six weeks, in pits that are filled by hand.</p><p>The office is open on Mondays and Tuesdays.</p>',
    );
    own.page('/imprint', 'Imprint', '<p>Registered in a register that nobody reads at all.</p>');
    rival.page(
      '/',
      'Rival',
      '<p>Chrome tanning takes one day; &lt;b&gt;oak bark&lt;/b&gt; tanning takes longer, say rivals.</p>',
    );
    const client = await buildClient(app, acme, {
      websiteUrl: own.url(),
      competitors: [rival.url(), rival.url('/gone')],
    });
    clientId = client.id;
    const project = await build(app, acme, `/clients/${clientId}/seo-projects`, { name: 'Shoes' });
    for (const term of ['hand-made shoes', 'oak bark'])
      await build(app, acme, `/seo-projects/${project.id}/keywords`, { term });
  });
  afterAll(async () => {
    await app.stop();
    await Promise.all([llm.stop(), own.stop(), rival.stop()]);
  });
  beforeEach(() => llm.reset());

  const http = () => app.http(acme.owner, acme.id);
  const request = async (body: object) => {
    const answer = await http()
      .post('/api/v1/research-reports')
      .send({ clientId, ...body })
      .expect(202);
    return answer.body as { id: string; state: string; name: string };
  };
  const report = async (id: string) => (await http().get(`/api/v1/research-reports/${id}`).expect(200)).body;

  it('are found on the client’s site and its competitors’, ranked, cited and written without a model that fails', async () => {
    llm.reply = () => ({ status: 400 });
    const { id, name } = await request({ question: QUESTION });
    expect(name).toBe('research-report');
    await untilJob(id, 'COMPLETED');
    const { sources, findings, body, ...rest } = await report(id);
    expect(rest).toMatchObject({ clientId, state: 'COMPLETED', progress: 100, method: 'EXTRACTIVE', title: QUESTION });
    const places = sources.map(({ url, failure }: { url: string; failure: { code: string } | null }) => [
      url,
      failure?.code ?? null,
    ]);
    expect(places).toEqual([
      [own.url(), null],
      [rival.url(), null],
      [rival.url('/gone'), 'PAGE_FAILED'],
      // The one link of the sites that speaks of the question.
      [own.url('/tanning'), null],
    ]);
    expect(findings[0]).toMatchObject({ text: expect.stringContaining('takes six weeks'), source: 4 });
    expect(sources[1].keywords).toEqual(['oak bark']);
    expect(body).toContain('takes six weeks, in pits that are filled by hand. [4]');
    expect(body).not.toContain('<b>');
    expect(JSON.stringify(findings)).not.toContain('Mondays');
  });

  it('are written by the model where there is one, live, and keep only what the sources bear out', async () => {
    const content =
      '## Answer\n\nOak bark tanning takes six weeks in pits [1]. It was invented by Martians in 1742 [1]. ' +
      '<script>alert(1)</script> ![x](https://evil.test/leak) More [9].';
    llm.reply = () => ({ content, delayMs: 300 });
    const watcher = await SocketClient.connect(app.url, '/research', {
      token: acme.owner.accessToken,
      organizationId: acme.id,
    });
    const stranger = await SocketClient.connect(app.url, '/research', {
      token: globex.owner.accessToken,
      organizationId: globex.id,
    });
    const { id } = await request({ question: QUESTION, sources: [own.url('/tanning')] });
    expect(await watcher.ask('subscribe', { resourceId: id })).toMatchObject({ data: { resourceId: id } });
    expect(await stranger.ask('subscribe', { resourceId: id })).toMatchObject({
      error: { code: 'RESOURCE_NOT_FOUND' },
    });
    await untilJob(id, 'COMPLETED');
    const { body, method, askedSources } = await report(id);
    expect([method, askedSources]).toEqual(['LLM', [own.url('/tanning')]]);
    expect(body).toContain('Oak bark tanning takes six weeks in pits [1].');
    expect(body).toContain('invented by Martians in 1742.');
    expect(body).not.toMatch(/<script|!\[|\]\(|\[9\]/);
    // The passages went there as data, numbered; the question too, and nothing of the client's that was not asked for.
    const prompt = JSON.stringify(llm.requests[0]?.body.messages);
    expect(prompt).toContain('[1] Oak bark tanning takes six weeks');
    await watcher.next('update', 2);
    const updates = watcher.all('update');
    expect(updates.every(({ resourceId, organizationId }) => resourceId === id && organizationId === acme.id)).toBe(
      true,
    );
    expect(updates.map(({ type }) => type)).toContain('text');
    expect(JSON.stringify(updates)).not.toContain('<script');
    expect(JSON.stringify(stranger.frames)).not.toContain(id);
    watcher.close();
    stranger.close();
  });

  it('are quoted when the model cites nothing that holds', async () => {
    llm.reply = () => ({ content: 'I know it without any source: it takes two days [7].' });
    const { id } = await request({ question: QUESTION, sources: [own.url('/tanning')] });
    await untilJob(id, 'COMPLETED');
    expect(await report(id)).toMatchObject({ method: 'EXTRACTIVE', body: expect.not.stringContaining('two days') });
  });

  it('fail with the reason when nothing can be read, and are refused where there is nothing to read', async () => {
    const { id } = await request({ sources: ['http://127.0.0.1:1/', 'http://169.254.169.254/'] });
    expect(await untilJob(id, 'FAILED')).toMatchObject({ failure_code: 'RESEARCH_UNREADABLE', failures: 0 });
    const { id: bare } = await buildClient(app, acme);
    const refused = await http().post('/api/v1/research-reports').send({ clientId: bare }).expect(422);
    expect(refused.body).toMatchObject({ code: 'RESEARCH_WITHOUT_SOURCES' });
  });

  it('are one organization’s: another gets the answer for none, in lists, searches and requests too', async () => {
    const { id } = await request({ sources: [own.url('/tanning')] });
    await untilJob(id, 'COMPLETED');
    const other = app.http(globex.owner, globex.id);
    await expectIndistinguishable(id, (target) => other.get(`/api/v1/research-reports/${target}`));
    await expectIndistinguishable(clientId, (target) =>
      other.post('/api/v1/research-reports').send({ clientId: target }),
    );
    expect((await other.get('/api/v1/research-reports').expect(200)).body.data).toEqual([]);
    const search = { inputs: { query: 'oak bark tanning' } };
    const [found, hidden] = [
      await http().post('/api/v1/tools/result-search/executions').send(search).expect(200),
      await other.post('/api/v1/tools/result-search/executions').send(search).expect(200),
    ];
    expect(found.body.output.results[0]).toMatchObject({ kind: 'research-reports', excerpt: expect.any(String) });
    expect(hidden.body.output).toEqual({ searched: 0, results: [] });
  });
});
