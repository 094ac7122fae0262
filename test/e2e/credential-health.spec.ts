import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { CredentialStateChange } from '../../src/features/providers/provider.types.js';
import { EventBus } from '../../src/platform/events/event-bus.js';
import { PINO } from '../../src/platform/logging/logging.module.js';
import { OrganizationContextService } from '../../src/tenancy/index.js';
import { buildClient, buildMember, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { expectIndistinguishable } from '../support/expect-isolated.js';
import { buildCredential, buildPage, buildServiceAccount, OAUTH } from '../support/provider-builders.js';
import { ProviderServer } from '../support/provider-server.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

const DAY_SECONDS = 24 * 60 * 60;
const METRICS_TOKEN = 'metrics-token-of-a-test';

describe('health of credentials', () => {
  let provider: ProviderServer;
  let app: TestApp;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;
  const logLines: string[] = [];

  beforeAll(async () => {
    provider = await ProviderServer.start();
    const destination = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        logLines.push(chunk.toString());
        done();
      },
    });
    app = await TestApp.start({
      environment: { ...provider.environment, METRICS_TOKEN },
      override: (builder) => builder.overrideProvider(PINO).useValue(pino({ level: 'trace' }, destination)),
    });
    acme = await buildOrganization(app);
    globex = await buildOrganization(app);
  });
  beforeEach(() => provider.reset());
  afterAll(async () => {
    await app.stop();
    await provider.stop();
  });

  const inDays = (days: number) => Math.floor(Date.now() / 1_000) + days * DAY_SECONDS;
  const recordsOf = async (id: string) =>
    await askAsSuperuser<{ action: string; outcome: string; reason: string | null; client_id: string | null }>(
      'SELECT action, outcome, reason, client_id FROM audit_logs WHERE entity_id = $1 ORDER BY id',
      [id],
    );

  it('is asked of Google Analytics by reading a property’s metadata, and shown wherever the credential is', async () => {
    const { check, path, clientId } = await buildCredential(app, acme);
    const health = await check();
    expect(health).toEqual({
      state: 'HEALTHY',
      checkedAt: expect.any(String),
      evidence: { code: 'CONFIRMED', message: 'The provider accepted the credential.' },
    });
    expect(provider.requests.map(({ method, path: asked }) => `${method} ${asked}`)).toEqual([
      'POST /token',
      'GET /v1beta/properties/123456/metadata',
    ]);
    expect((await app.http(acme.owner).get(path).expect(200)).body.health).toEqual(health);
    const { body } = await app.http(acme.owner).get(`/api/v1/clients/${clientId}/data`).expect(200);
    expect(body.googleAnalytics.health).toEqual(health);
    // The token is kept: another check needs none.
    provider.requests.length = 0;
    await check();
    expect(provider.requestsTo('/token')).toEqual([]);
  });

  it('is asked of Search Console by the permission on the site', async () => {
    const { check } = await buildCredential(app, acme, { provider: 'search-console' });
    expect(await check()).toMatchObject({ state: 'HEALTHY' });
    const site = encodeURIComponent('sc-domain:example.com');
    expect(provider.requests.at(-1)).toMatchObject({ path: `/webmasters/v3/sites/${site}` });
    provider.permissionLevel = 'siteUnverifiedUser';
    expect(await check()).toMatchObject({ state: 'FAILING', evidence: { code: 'PROPERTY_UNVERIFIED' } });
    provider.permissionLevel = 'siteOwner';
    const list = await buildCredential(app, acme, { provider: 'search-console', body: { propertyUrl: undefined } });
    expect(await list.check()).toMatchObject({ state: 'HEALTHY' });
    expect(provider.requests.at(-1)).toMatchObject({ path: '/webmasters/v3/sites' });
  });

  it.each(['as it is', 'inside the secret', 'as text'])(
    'is asked for a service account whose key file is stored %s, by an assertion that it signed',
    async (how) => {
      const email = `${randomUUID()}@project.test`;
      const { keyFile, publicKey } = buildServiceAccount(email);
      provider.serviceAccounts.set(email, publicKey);
      const text = JSON.stringify(keyFile);
      const secrets = how === 'as it is' ? keyFile : { serviceAccountKey: how === 'as text' ? text : keyFile };
      const { check, put } = await buildCredential(app, acme, { body: { secrets } });
      expect(await check()).toMatchObject({ state: 'HEALTHY' });
      // Another key's signature does not do.
      await put({ secrets: { ...buildServiceAccount(email).keyFile } });
      expect(await check()).toMatchObject({ state: 'FAILING', evidence: { code: 'SERVICE_ACCOUNT_REFUSED' } });
      await put({ secrets: { ...keyFile, private_key: 'no key' } });
      expect(await check()).toMatchObject({ state: 'FAILING', evidence: { code: 'PRIVATE_KEY_UNUSABLE' } });
    },
  );

  it('is asked of Facebook by examining the token and reading the page', async () => {
    provider.facebookTokens.set('page-token', { expiresAt: 0 });
    const page = await buildPage(app, acme, { pageAccessToken: 'page-token' });
    const health = await page.check();
    expect(health).toMatchObject({ state: 'HEALTHY', evidence: { code: 'CONFIRMED' } });
    expect(provider.requests.map(({ path }) => path)).toEqual(['/v23.0/debug_token', '/v23.0/1234567890']);
    const { body, headers } = await app.http(acme.owner).get(page.path).expect(200);
    expect(body.health).toEqual(health);
    expect(headers['etag']).not.toBe('"1"');
    provider.facebookTokens.set('page-token', { expiresAt: inDays(5) });
    expect(await page.check()).toMatchObject({ state: 'EXPIRING', expiresAt: expect.any(String) });
    provider.facebookTokens.set('page-token', { subcode: 458 });
    expect(await page.check()).toMatchObject({ state: 'REVOKED', evidence: { code: 'APP_REMOVED' } });
  });

  it('exchanges a person’s Facebook token for a long-lived one, and gets the page’s', async () => {
    provider.facebookTokens.set('short', { expiresAt: inDays(0) });
    const { check, path } = await buildPage(app, acme, { accessToken: 'short' });
    expect(await check()).toMatchObject({ state: 'HEALTHY' });
    expect(provider.requestsTo('/v23.0/debug_token').at(-1)?.query.get('input_token')).toBe('page-of-1234567890');
    expect((await app.http(acme.owner).get(path)).body.facebookPage).toMatchObject({ hasPageAccessToken: true });
    provider.requests.length = 0;
    await check();
    expect(provider.requestsTo(/access_token/)).toEqual([]);
  });

  it('is that of the page’s token, also when the person’s is void', async () => {
    provider.facebookTokens.set('void', { subcode: 463 }).set('ending', { expiresAt: inDays(20) });
    const { check } = await buildPage(app, acme, { accessToken: 'void', pageAccessToken: 'ending' });
    expect(await check()).toMatchObject({ state: 'HEALTHY', expiresAt: expect.any(String) });
    // It ends within a month, so the person's is tried, which does not help and does no harm.
    expect(await check()).toMatchObject({ state: 'HEALTHY', evidence: { code: 'CONFIRMED' } });
    expect(provider.requestsTo(/access_token/)).toHaveLength(1);
  });

  it('is not taken from what is said of the application’s own Facebook token', async () => {
    provider.facebookTokens.set('fine', { expiresAt: 0 });
    const { check } = await buildPage(app, acme, { pageAccessToken: 'fine' }, { appSecret: 'wrong' });
    expect(await check()).toMatchObject({ state: 'FAILING', evidence: { code: 'OAUTH_CLIENT_REFUSED' } });
  });

  it.each<[string, object, object, string]>([
    ['fields are missing', { secrets: { refreshToken: 'x' } }, {}, 'SECRET_INCOMPLETE'],
    [
      'fields are of another kind',
      { secrets: { refreshToken: [1], clientId: {}, clientSecret: 7 } },
      {},
      'SECRET_INCOMPLETE',
    ],
    ['the key file is no JSON', { secrets: { serviceAccountKey: '{' } }, {}, 'SECRET_INCOMPLETE'],
    ['no property is named', { propertyId: undefined }, {}, 'PROPERTY_MISSING'],
  ])('is UNKNOWN with the reason when %s', async (_why, body, _more, code) => {
    const { check } = await buildCredential(app, acme, { body });
    expect(await check()).toMatchObject({ state: 'UNKNOWN', evidence: { code } });
    expect(provider.requests.filter(({ path }) => path !== '/token')).toEqual([]);
  });

  it('asks for no property that would lead elsewhere', async () => {
    for (const propertyId of ['..', '1/../../token', '1?fields=*'])
      expect(await (await buildCredential(app, acme, { body: { propertyId } })).check()).toMatchObject({
        state: 'FAILING',
        evidence: { code: 'PROPERTY_UNKNOWN' },
      });
    expect(provider.requests.filter(({ path }) => path !== '/token')).toEqual([]);
  });

  it('is FAILING when the secret does not open, and there is nothing to ask with', async () => {
    const { check, id } = await buildCredential(app, acme);
    await askAsSuperuser(`UPDATE client_credentials SET envelope = envelope || 'A' WHERE id = $1`, [id]);
    expect(await check()).toMatchObject({ state: 'FAILING', evidence: { code: 'SECRET_UNREADABLE' } });
    expect(provider.requests).toEqual([]);
  });

  it('renews an access token that is refused before its time, once', async () => {
    const { check } = await buildCredential(app, acme);
    await check();
    provider.issued.clear();
    expect(await check()).toMatchObject({ state: 'HEALTHY' });
    provider.requests.length = 0;
    provider.behaviour = ({ path }) =>
      path === '/token' ? undefined : { status: 401, body: { error: { status: 'UNAUTHENTICATED' } } };
    expect(await check()).toMatchObject({ state: 'FAILING', evidence: { code: 'ACCESS_TOKEN_REFUSED' } });
    expect(provider.requests).toHaveLength(3);
  });

  it('bears a failure of the provider, and not three in a row', async () => {
    const { check } = await buildCredential(app, acme);
    await check();
    provider.behaviour = () => ({ status: 429 });
    const states = [];
    for (let count = 0; count < 3; count += 1) states.push((await check()).state);
    expect(states).toEqual(['HEALTHY', 'HEALTHY', 'FAILING']);
    provider.reset();
    expect(await check()).toMatchObject({ state: 'HEALTHY' });
  });

  it('tells of a change at once: on the record, and to who listens, in the context of who found it', async () => {
    const heard: [CredentialStateChange, string | null][] = [];
    const contexts = app.get(OrganizationContextService);
    const leave = app
      .get(EventBus)
      .hear('credential.state-changed', (change) => void heard.push([change, contexts.getCurrentOrganization()]));
    const token = `refresh-${randomUUID()}`;
    const { check, id, clientId } = await buildCredential(app, acme, {
      body: { secrets: { ...OAUTH, refreshToken: token } },
    });
    await check();
    await check();
    provider.refreshTokens.set(token, null);
    provider.issued.clear();
    expect(await check()).toMatchObject({ state: 'REVOKED', evidence: { code: 'TOKEN_REVOKED' } });
    leave();
    const change = { entity: 'ClientCredential', id, clientId, provider: 'GOOGLE_ANALYTICS', expiresAt: null };
    expect(heard).toEqual([
      [{ ...change, from: 'UNKNOWN', to: 'HEALTHY', evidence: 'CONFIRMED' }, acme.id],
      [{ ...change, from: 'HEALTHY', to: 'REVOKED', evidence: 'TOKEN_REVOKED' }, acme.id],
    ]);
    const records = await recordsOf(id);
    expect(records.map(({ action, outcome, reason }) => `${action} ${outcome} ${reason ?? ''}`.trim())).toEqual([
      'credential.stored SUCCESS',
      'credential.renewed SUCCESS',
      'credential.checked SUCCESS CONFIRMED',
      'credential.health-changed SUCCESS UNKNOWN to HEALTHY: CONFIRMED',
      'credential.checked SUCCESS CONFIRMED',
      'credential.checked FAILED TOKEN_REVOKED',
      'credential.health-changed SUCCESS HEALTHY to REVOKED: TOKEN_REVOKED',
    ]);
    expect(new Set(records.map(({ client_id }) => client_id))).toEqual(new Set([clientId]));
  });

  it('is asked once for all who ask at the same time', async () => {
    const { check } = await buildCredential(app, acme);
    provider.behaviour = () => ({ delayMs: 200, status: 400, body: { error: 'invalid_grant' } });
    const answers = await Promise.all(Array.from({ length: 5 }, check));
    expect(new Set(answers.map(({ checkedAt }) => checkedAt)).size).toBe(1);
    expect(provider.requests).toHaveLength(1);
  });

  it('is asked of at most four credentials of an organization at once', async () => {
    const credentials = await Promise.all(Array.from({ length: 6 }, async () => await buildCredential(app, acme)));
    let open = 0;
    let most = 0;
    provider.behaviour = async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setTimeout(resolve, 100));
      open -= 1;
      return { status: 400, body: { error: 'invalid_grant' } };
    };
    await Promise.all(credentials.map(async ({ check }) => await check()));
    expect(provider.requests).toHaveLength(6);
    expect(most).toBeLessThanOrEqual(4);
  });

  it('is checked by administrators, and of another organization’s credential it is as for one that does not exist', async () => {
    const { path, clientId } = await buildCredential(app, acme);
    const member = await buildMember(app, acme);
    await app.http(member, acme.id).post(`${path}/health-check`).expect(403);
    const page = await buildPage(app, acme, { pageAccessToken: 'x' });
    const http = app.http(globex.owner, globex.id);
    await expectIndistinguishable(clientId, (id) =>
      http.post(`/api/v1/clients/${id}/credentials/google-analytics/health-check`),
    );
    await expectIndistinguishable(page.id, (id) => http.post(`/api/v1/integrations/${id}/health-check`));
    const { id: bare } = await buildClient(app, acme);
    const missing = await app.http(acme.owner).post(`/api/v1/clients/${bare}/credentials/search-console/health-check`);
    expect([missing.status, missing.body.code]).toEqual([404, 'CREDENTIAL_MISSING']);
    expect(provider.requests).toEqual([]);
  });

  it('is forgotten with the secret that it was about', async () => {
    const { check, put, path } = await buildCredential(app, acme);
    await check();
    await put();
    expect((await app.http(acme.owner).get(path)).body.health).toEqual({ state: 'UNKNOWN', checkedAt: null });
  });

  it('shows no secret in answers, the record, the log or metrics, whatever the provider says', async () => {
    const marker = `MARKER${randomUUID()}`;
    const secrets = { refreshToken: marker, clientId: marker, clientSecret: marker };
    const google = await buildCredential(app, acme, { body: { secrets } });
    const page = await buildPage(app, acme, { accessToken: marker, pageAccessToken: marker }, { appSecret: marker });
    const shown: string[] = [];
    for (const status of [200, 302, 400, 401, 403, 429, 500]) {
      const error = { message: marker, code: 190, status: marker, error_subcode: 1, reason: marker };
      provider.behaviour = () => ({
        status,
        body: { access_token: marker, error },
        headers: { Location: `/${marker}` },
      });
      shown.push(JSON.stringify([await google.check(), await page.check()]));
    }
    shown.push(JSON.stringify((await app.http(acme.owner).get('/api/v1/audit-logs?limit=100')).body));
    const { text: metrics } = await app.http().get('/metrics').set('Authorization', `Bearer ${METRICS_TOKEN}`);
    expect(metrics).toContain('provider_call_duration_seconds_count{provider="google",call="token",outcome="ok"}');
    expect(metrics).not.toContain(acme.id);
    expect([...shown, ...logLines, metrics].filter((text) => text.includes(marker))).toEqual([]);
    expect(logLines.filter((line) => line.includes('google token'))).not.toEqual([]);
  });
});
