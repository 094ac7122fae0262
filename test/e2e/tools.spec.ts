import { randomUUID } from 'node:crypto';
import { ToolService } from '../../src/features/tools/tool.service.js';
import { OrganizationContextService } from '../../src/tenancy/index.js';
import {
  buildApiKey,
  buildBusiness,
  buildClient,
  buildClientWithData,
  buildMember,
  buildOrganization,
  type BuiltOrganization,
  type BuiltUser,
} from '../support/builders.js';
import { contextOf, runAs } from '../support/contexts.js';
import { expectIndistinguishable } from '../support/expect-isolated.js';
import { eventually } from '../support/fault-proxy.js';
import { PageServer } from '../support/page-server.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import { SlowTool, TestToolsModule } from '../support/test-tools.js';

describe('tools', () => {
  let app: TestApp;
  let site: PageServer;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;
  let both: BuiltUser;

  beforeAll(async () => {
    site = await PageServer.start();
    app = await TestApp.start({ modules: [TestToolsModule], environment: { WEB_ALLOWED_HOSTS: site.host } });
    [acme, globex] = [await buildOrganization(app), await buildOrganization(app)];
    await buildBusiness(app, acme, 'Business of acme');
    await buildBusiness(app, globex, 'Business of globex');
    both = await buildMember(app, acme);
    await app
      .http(globex.owner, globex.id)
      .post('/api/v1/members')
      .send({ email: both.email, role: 'MEMBER' })
      .expect(201);
  });
  afterAll(async () => {
    await app.stop();
    await site.stop();
  });

  const execute = (as: { accessToken: string }, organization: BuiltOrganization, name: string, inputs: object = {}) =>
    app.http(as, organization.id).post(`/api/v1/tools/${name}/executions`).send({ inputs });
  const recordsOf = async ({ id }: BuiltOrganization, tool: string) =>
    await askAsSuperuser<{ outcome: string; reason: string | null; fields: string[]; actor_id: string }>(
      `SELECT outcome, reason, fields, actor_id FROM audit_logs
        WHERE organization_id = $1 AND action = 'tool.executed' AND entity_id = $2 ORDER BY sequence`,
      [id, tool],
    );
  const executeIn = (context: BuiltOrganization | undefined, name: string, organizationId: string, actor = both) => {
    const tools = app.get(ToolService);
    if (!context) return tools.executeTool(name, {}, organizationId);
    const facts = { actor: { type: 'user', id: actor.user.id }, role: 'MEMBER', entryPoint: 'job' } as const;
    return app
      .get(OrganizationContextService)
      .run(contextOf(context, facts), () => tools.executeTool(name, {}, organizationId));
  };

  it('S1-17 run inside the context of whoever asked, in the organization that it asked for', async () => {
    const here = await executeIn(acme, 'test-witness', acme.id);
    const facts = { actorId: both.user.id, role: 'MEMBER', entryPoint: 'job' };
    expect(here.output).toEqual({ ...facts, organizationId: acme.id, names: ['Business of acme'] });
    // Somebody who belongs to both may name the other one: the membership is asked, and the caller's context comes back.
    const there = await executeIn(acme, 'test-witness', globex.id);
    expect(there.output).toEqual({ ...facts, organizationId: globex.id, names: ['Business of globex'] });
    const many = await Promise.all([acme, globex, acme, globex].map((one) => executeIn(acme, 'test-witness', one.id)));
    expect(many.map(({ output }) => output['organizationId'])).toEqual([acme.id, globex.id, acme.id, globex.id]);
  });

  it('S1-17 answer for an organization of others as for none, and leave that on record', async () => {
    const refusal = async (organizationId: string) =>
      await executeIn(acme, 'test-witness', organizationId, acme.owner).catch((error: unknown) => error);
    const [foreign, absent] = [await refusal(globex.id), await refusal(randomUUID())];
    expect(foreign).toMatchObject({ code: 'ORGANIZATION_NOT_FOUND' });
    expect({ ...(foreign as object) }).toEqual({ ...(absent as object) });
    await expect(executeIn(undefined, 'test-witness', acme.id)).rejects.toMatchObject({
      code: 'ORGANIZATION_CONTEXT_MISSING',
    });
    const denials = (await recordsOf(acme, 'test-witness')).filter(({ outcome }) => outcome === 'DENIED');
    expect(denials.length).toBeGreaterThan(0);
    expect(denials[0]).toMatchObject({ reason: 'asked for another organization', actor_id: acme.owner.user.id });
    expect(await recordsOf(globex, 'test-witness')).not.toContainEqual(
      expect.objectContaining({ actor_id: acme.owner.user.id }),
    );
  });

  it('are listed with the schema of their inputs', async () => {
    const { body } = await app.http(both, acme.id).get('/api/v1/tools').expect(200);
    const tools = new Map((body.data as { name: string }[]).map((tool) => [tool.name, tool]));
    for (const name of ['client-data', 'keyword-list', 'page-fetch', 'result-search', 'seo-check']) {
      expect(tools.get(name)).toMatchObject({
        role: 'MEMBER',
        inputSchema: { type: 'object', additionalProperties: false },
      });
    }
    expect(tools.get('keyword-list')).toMatchObject({
      keyScope: 'clients:read',
      inputSchema: { required: ['clientId'], properties: { limit: { minimum: 1, maximum: 500, default: 100 } } },
    });
  });

  it('show a client without its secrets, and another organization’s as none', async () => {
    const { client } = await buildClientWithData(app, acme, 'TOOL-MARKER');
    const { body } = await execute(both, acme, 'client-data', { clientId: client.id.toUpperCase() }).expect(200);
    expect(body).toMatchObject({
      tool: 'client-data',
      output: { name: 'Client TOOL-MARKER', competitors: [], targetedKeywords: ['hand-made shoes', 'leather boots'] },
    });
    expect(JSON.stringify(body)).not.toMatch(/refresh-|secret-|fingerprint/);
    const limited = await execute(both, acme, 'keyword-list', { clientId: client.id, limit: 1 }).expect(200);
    expect(limited.body.output).toEqual({ keywords: ['hand-made shoes'], count: 2 });
    const foreign = await buildClient(app, globex);
    await expectIndistinguishable(foreign.id, (clientId) => execute(acme.owner, acme, 'client-data', { clientId }));
    await execute(acme.owner, acme, 'client-data', { clientId: foreign.id }).expect(404);
    const records = await recordsOf(acme, 'client-data');
    expect(records[0]).toMatchObject({
      outcome: 'SUCCESS',
      fields: ['input:clientId', expect.stringMatching(/^bytes:\d+$/)],
    });
    expect(records.at(-1)).toMatchObject({ outcome: 'NOT_FOUND', reason: 'CLIENT_NOT_FOUND' });
  });

  it('say which input is wrong, and take none that they do not declare', async () => {
    const inputs = { note: 5, ids: ['nothing'], organizationId: globex.id };
    const { body } = await execute(both, acme, 'test-witness', inputs).expect(400);
    expect(body).toMatchObject({ code: 'VALIDATION_FAILED' });
    const places = (body.errors as { path: string; code: string }[]).map(({ path }) => path).sort();
    expect(places).toEqual(['inputs.ids.0', 'inputs.note', 'inputs.organizationId']);
    const unknown = await execute(both, acme, 'nobody-has-this').expect(404);
    expect(unknown.body).toMatchObject({ code: 'TOOL_NOT_FOUND' });
  });

  it('need the role, the feature and the key scope that each of them declares', async () => {
    await execute(acme.owner, acme, 'test-admin').expect(200);
    expect((await execute(both, acme, 'test-admin').expect(403)).body).toMatchObject({ code: 'ROLE_TOO_LOW' });
    expect((await execute(acme.owner, acme, 'test-featured').expect(403)).body).toMatchObject({
      code: 'FEATURE_NOT_ENABLED',
    });
    await askAsSuperuser(`UPDATE organizations SET features = '{"test_tools": true}' WHERE id = $1`, [acme.id]);
    await execute(acme.owner, acme, 'test-featured').expect(200);
    const [narrow, wide] = [
      await buildApiKey(app, acme, { scopes: ['tools:write'] }),
      await buildApiKey(app, acme, { scopes: ['tools:write', 'businesses:read'] }),
    ];
    expect((await execute(narrow, acme, 'test-witness').expect(403)).body).toMatchObject({ code: 'SCOPE_MISSING' });
    await execute(wide, acme, 'test-witness').expect(200);
    const allowed = { allowed: ['keyword-list'] };
    const denied = runAs(app, acme, () => app.get(ToolService).executeTool('test-witness', {}, acme.id, allowed));
    await expect(denied).rejects.toMatchObject({ code: 'TOOL_NOT_ALLOWED' });
    const reasons = [...(await recordsOf(acme, 'test-admin')), ...(await recordsOf(acme, 'test-witness'))];
    expect(reasons.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['ROLE_TOO_LOW', 'SCOPE_MISSING', 'TOOL_NOT_ALLOWED']),
    );
  });

  it('end when their time is over or nobody waits, and find no more than can be kept', async () => {
    expect((await execute(both, acme, 'test-slow').expect(503)).body).toMatchObject({ code: 'TOOL_TIMED_OUT' });
    const stopping = new AbortController();
    const stopped = runAs(app, acme, () =>
      app.get(ToolService).executeTool('test-slow', {}, acme.id, { signal: stopping.signal }),
    );
    await eventually(async () => expect(await Promise.resolve(app.get(SlowTool).starts)).toBe(2));
    stopping.abort(new Error('nobody waits'));
    await expect(stopped).rejects.toThrow('nobody waits');
    expect(app.get(SlowTool).reasons).toHaveLength(2);
    const { body } = await execute(both, acme, 'test-large', { bytes: 70_000 }).expect(422);
    expect(body).toMatchObject({ code: 'TOOL_OUTPUT_TOO_LARGE' });
    await execute(both, acme, 'test-large', { bytes: 60_000 }).expect(200);
  });

  it('let no secret out, neither in what they find nor when they break', async () => {
    const { body } = await execute(both, acme, 'test-leaky').expect(200);
    expect(body.output).toEqual({ nested: { password: '[redacted]' }, kept: 'kept' });
    const broken = await execute(both, acme, 'test-broken').expect(500);
    expect(JSON.stringify(broken.body)).not.toContain('inner workings');
    expect((await recordsOf(acme, 'test-broken')).at(-1)).toMatchObject({
      outcome: 'FAILED',
      reason: 'INTERNAL_ERROR',
    });
  });

  it('read and check pages of the web, as far as their sites and our network allow', async () => {
    site.page('/page', 'Shoes', '<h1>Hand-made</h1><p>Shoes of oak-tanned leather.</p><a href="/more">More</a>');
    site.raw('/robots.txt', 'User-agent: *\nDisallow: /private');
    const read = await execute(both, acme, 'page-fetch', { url: site.url('/page') }).expect(200);
    expect(read.body.output).toMatchObject({
      ...{ status: 200, title: 'Shoes', language: 'en', isTruncated: false },
      headings: [{ level: 1, text: 'Hand-made' }],
      links: [{ url: site.url('/more'), text: 'More' }],
    });
    const checked = await execute(both, acme, 'seo-check', { url: site.url('/page') }).expect(200);
    const codes = (checked.body.output.issues as { code: string }[]).map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['DESCRIPTION_MISSING', 'VIEWPORT_MISSING', 'NOT_HTTPS', 'THIN']));
    expect(codes).not.toEqual(expect.arrayContaining(['TITLE_MISSING', 'H1_MISSING', 'STATUS_ERROR']));
    const forbidden = await execute(both, acme, 'page-fetch', { url: site.url('/private') }).expect(422);
    expect(forbidden.body).toMatchObject({ code: 'PAGE_DISALLOWED' });
    for (const url of ['http://127.0.0.1:1/', 'http://169.254.169.254/latest', 'http://localhost/']) {
      expect((await execute(both, acme, 'page-fetch', { url }).expect(422)).body.code).toMatch(/^WEB_/);
    }
    await execute(both, acme, 'page-fetch', { url: 'file:///etc/passwd' }).expect(400);
  });
});
