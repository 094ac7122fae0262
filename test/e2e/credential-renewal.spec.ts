import { randomUUID } from 'node:crypto';
import { CredentialAccessService } from '../../src/features/providers/credential-access.service.js';
import { CredentialRefreshService } from '../../src/features/providers/credential-refresh.service.js';
import { TransactionService } from '../../src/platform/database/transaction.service.js';
import { buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { carryOutIn } from '../support/command-line.js';
import { runAs } from '../support/contexts.js';
import { buildCredential, buildPage, OAUTH } from '../support/provider-builders.js';
import { ProviderServer } from '../support/provider-server.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

describe('renewal of credentials', () => {
  let provider: ProviderServer;
  let app: TestApp;
  /** Another process, as far as everything is concerned that processes share. */
  let twin: TestApp;
  let acme: BuiltOrganization;

  beforeAll(async () => {
    provider = await ProviderServer.start();
    app = await TestApp.start({ environment: provider.environment });
    twin = await TestApp.start({ environment: provider.environment });
    acme = await buildOrganization(app);
  });
  beforeEach(() => provider.reset());
  afterAll(async () => {
    await twin.stop();
    await app.stop();
    await provider.stop();
  });

  const build = async (refreshToken = `refresh-${randomUUID()}`) => ({
    refreshToken,
    ...(await buildCredential(app, acme, { body: { secrets: { ...OAUTH, refreshToken } } })),
  });
  const tokenIn = async (at: TestApp, clientId: string) =>
    await runAs(
      at,
      acme,
      async () => await at.get(CredentialAccessService).credentialToken(clientId, 'google-analytics'),
    );
  /** Makes the provider answer the first request for a token only when it is told to. */
  const holdBack = () => {
    const { promise: isAsked, resolve: ask } = Promise.withResolvers<void>();
    const { promise: isFree, resolve: free } = Promise.withResolvers<void>();
    let count = 0;
    provider.behaviour = async ({ path }) => {
      count += path === '/token' ? 1 : 0;
      if (path === '/token' && count === 1) {
        ask();
        await isFree;
      }
      return undefined;
    };
    return { isAsked, free };
  };

  it('asks the provider once when two processes need a token at the same time, and both get it', async () => {
    const { clientId, stored } = await build();
    provider.behaviour = () => ({ delayMs: 300, body: { access_token: 'the-only-one', expires_in: 3_599 } });
    const wanted = Array.from({ length: 10 }, async (_value, index) => await tokenIn(index % 2 ? app : twin, clientId));
    expect(new Set(await Promise.all(wanted))).toEqual(new Set(['the-only-one']));
    expect(provider.requestsTo('/token')).toHaveLength(1);
    expect(await stored()).toMatchObject({ accessToken: 'the-only-one' });
    expect(await tokenIn(twin, clientId)).toBe('the-only-one');
    expect(provider.requestsTo('/token')).toHaveLength(1);
  });

  it('checks once when two processes are asked to at the same time', async () => {
    const { path } = await build();
    provider.behaviour = () => ({ delayMs: 300, status: 400, body: { error: 'invalid_grant' } });
    const check = async (at: TestApp) =>
      (await at.http(acme.owner, acme.id).post(`${path}/health-check`)).body as object;
    const [one, other] = await Promise.all([check(app), check(twin)]);
    expect(one).toEqual(other);
    expect(provider.requestsTo('/token')).toHaveLength(1);
  });

  it('lets a secret that is stored meanwhile win, and forgets what was found of the former', async () => {
    for (const isRefused of [false, true]) {
      const { put, check, stored, path } = await build();
      const { isAsked, free } = holdBack();
      const { behaviour } = provider;
      if (isRefused)
        provider.behaviour = async (request) =>
          (await behaviour(request)) ?? { status: 400, body: { error: 'invalid_grant' } };
      const checking = check();
      await isAsked;
      await put({ secrets: { ...OAUTH, refreshToken: 'new' } });
      free();
      expect(await checking).toEqual({ state: 'UNKNOWN', checkedAt: null });
      expect(await stored()).toEqual({ ...OAUTH, refreshToken: 'new', propertyId: '123456' });
      expect((await app.http(acme.owner).get(path)).body.health).toEqual({ state: 'UNKNOWN', checkedAt: null });
    }
  });

  it('lets a page’s token that is stored meanwhile win', async () => {
    provider.facebookTokens.set('short', { expiresAt: 0 }).set('newer', { expiresAt: 0 });
    const { path, check } = await buildPage(app, acme, { accessToken: 'short' });
    const { promise: isAsked, resolve: ask } = Promise.withResolvers<void>();
    const { promise: isFree, resolve: free } = Promise.withResolvers<void>();
    provider.behaviour = async ({ path: asked }) => {
      if (!asked.endsWith('/oauth/access_token')) return undefined;
      ask();
      await isFree;
      return undefined;
    };
    const checking = check();
    await isAsked;
    await app
      .http(acme.owner)
      .patch(path)
      .send({ facebookPage: { accessToken: 'newer' } })
      .expect(200);
    free();
    expect(await checking).toMatchObject({ state: 'UNKNOWN' });
    provider.reset();
    await check();
    expect(provider.requestsTo('/v23.0/oauth/access_token')[0]?.query.get('fb_exchange_token')).toBe('newer');
  });

  it('goes on when something else of the row is changed meanwhile', async () => {
    provider.facebookTokens.set('page', { expiresAt: 0 });
    const { path, check } = await buildPage(app, acme, { pageAccessToken: 'page' });
    provider.behaviour = async ({ path: asked }) => {
      if (asked.endsWith('/debug_token')) await app.http(acme.owner).patch(path).send({ name: 'Renamed' }).expect(200);
      return undefined;
    };
    expect(await check()).toMatchObject({ state: 'HEALTHY' });
    expect((await app.http(acme.owner).get(path)).body).toMatchObject({
      name: 'Renamed',
      health: { state: 'HEALTHY' },
    });
  });

  it('keeps the refresh token unless the provider gives another, which is stored before anything is done with it', async () => {
    const { refreshToken, check, stored, path } = await build();
    const fingerprint = async () => (await app.http(acme.owner).get(path)).body.fingerprint as string;
    const first = await fingerprint();
    await check();
    expect(await stored()).toMatchObject({ refreshToken, accessToken: expect.any(String) });
    expect(await fingerprint()).toBe(first);
    provider.refreshTokens.set(refreshToken, 'rotated').set('rotated', '');
    const seen: unknown[] = [];
    provider.behaviour = async ({ path: asked }) => {
      if (asked !== '/token') seen.push((await stored())['refreshToken']);
      return undefined;
    };
    for (let count = 0; count < 2; count += 1) {
      provider.issued.clear();
      expect(await check()).toMatchObject({ state: 'HEALTHY' });
    }
    // Each time once with the access token that is not accepted any more, and once with the new one.
    expect(seen).toEqual([refreshToken, 'rotated', 'rotated', 'rotated']);
    expect(await fingerprint()).not.toBe(first);
  });

  it('takes over from a process that did not come back', async () => {
    const { id, check } = await build();
    const lease = `UPDATE client_credentials SET lease_id = gen_random_uuid(), leased_until = now() + $2::interval WHERE id = $1`;
    await askAsSuperuser(lease, [id, '500 milliseconds']);
    expect(await check()).toMatchObject({ state: 'HEALTHY' });
    const [row] = await askAsSuperuser('SELECT lease_id, leased_until FROM client_credentials WHERE id = $1', [id]);
    expect(row).toEqual({ lease_id: null, leased_until: null });
  });

  it('refuses to call a provider inside a transaction', async () => {
    const { clientId } = await build();
    const inside = runAs(app, acme, async () =>
      app.get(TransactionService).run(async () => await tokenIn(app, clientId)),
    );
    await expect(inside).rejects.toThrow('inside a transaction');
    expect(provider.requests).toEqual([]);
  });

  it('says what the provider said when there is no token to be had', async () => {
    const { refreshToken, clientId, path } = await build();
    provider.refreshTokens.set(refreshToken, null);
    await expect(tokenIn(app, clientId)).rejects.toMatchObject({
      code: 'CREDENTIAL_UNUSABLE',
      category: 'unprocessable',
    });
    expect((await app.http(acme.owner).get(path)).body.health).toMatchObject({ state: 'REVOKED' });
    const other = await build();
    provider.behaviour = () => ({ status: 429, headers: { 'Retry-After': '77' } });
    await expect(tokenIn(app, other.clientId)).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      retryAfterSeconds: 77,
    });
  });

  describe('of a whole organization', () => {
    let umbrella: BuiltOrganization;
    const refresh = async (now?: Date) =>
      await runAs(app, umbrella, async () => await app.get(CredentialRefreshService).refreshDue(now));

    beforeAll(async () => {
      umbrella = await buildOrganization(app);
    });

    it('takes what was not checked for 20 hours, and lets no failure be another’s', async () => {
      provider.facebookTokens.set('fine', { expiresAt: 0 });
      provider.refreshTokens.set('dead', null);
      await buildCredential(app, umbrella);
      await buildCredential(app, umbrella, { body: { secrets: { ...OAUTH, refreshToken: 'dead' } } });
      await buildCredential(app, umbrella, { body: { secrets: { unknown: 1 } } });
      await buildPage(app, umbrella, { pageAccessToken: 'fine' });
      await build();
      expect(await refresh()).toEqual({ due: 4, states: { HEALTHY: 2, REVOKED: 1, UNKNOWN: 1 }, failed: 0 });
      provider.requests.length = 0;
      expect(await refresh()).toEqual({ due: 0, states: {}, failed: 0 });
      // What is void stays so; asking again each day would only annoy the provider.
      const tomorrow = new Date(Date.now() + 21 * 60 * 60 * 1_000);
      expect(await refresh(tomorrow)).toEqual({ due: 3, states: { HEALTHY: 2, UNKNOWN: 1 }, failed: 0 });
    });

    it('can be run by an operator', async () => {
      await buildCredential(app, umbrella);
      const words = ['credentials:refresh', '--organization', umbrella.slug, '--json'];
      const run = await carryOutIn(provider.environment, ...words);
      expect([run.code, run.stderr]).toEqual([0, expect.any(String)]);
      expect(JSON.parse(run.stdout)).toEqual({ due: 1, states: { HEALTHY: 1 }, failed: 0 });
    });
  });
});
