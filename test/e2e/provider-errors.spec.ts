import { PROVIDER_ERRORS } from '../../src/features/providers/provider-errors.js';
import { buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { buildCredential, buildPage, buildServiceAccount } from '../support/provider-builders.js';
import { type OddAnswer, ProviderServer } from '../support/provider-server.js';
import { TestApp } from '../support/test-app.js';

type Row = (typeof PROVIDER_ERRORS)[number];

const STATE_OF = {
  transient: 'UNKNOWN',
  quota: 'UNKNOWN',
  revoked: 'REVOKED',
  misconfigured: 'FAILING',
  forbidden: 'FAILING',
} as const;
/** Google's token endpoint names its errors so; its APIs write theirs in other ways. */
const TOKEN_ERROR = /^[a-z]+(_[a-z]+)+$/;
const TIMEOUT_MS = 2_500;

describe('errors of providers', () => {
  let provider: ProviderServer;
  let app: TestApp;
  let acme: BuiltOrganization;
  let credential: Awaited<ReturnType<typeof buildCredential>>;
  let page: Awaited<ReturnType<typeof buildPage>>;

  beforeAll(async () => {
    provider = await ProviderServer.start();
    app = await TestApp.start({
      environment: {
        ...provider.environment,
        GOOGLE_SEARCH_CONSOLE_URL: 'http://nowhere.invalid',
        PROVIDER_TIMEOUT_MS: String(TIMEOUT_MS),
      },
    });
    acme = await buildOrganization(app);
    credential = await buildCredential(app, acme);
    provider.facebookTokens.set('page-token', { expiresAt: 0 });
    page = await buildPage(app, acme, { pageAccessToken: 'page-token' });
  });
  beforeEach(() => provider.reset());
  afterAll(async () => {
    await app.stop();
    await provider.stop();
  });

  const answerOf = (path: RegExp | string, answer: OddAnswer) => {
    provider.behaviour = (request) =>
      (typeof path === 'string' ? request.path === path : path.test(request.path)) ? answer : undefined;
  };
  const named = (family: Row['family']) =>
    PROVIDER_ERRORS.filter((row) => row.family === family).map((row) => [row.call ?? '', row.code, row] as const);

  it.each(named('google'))('of Google are known for what they mean: %s %s', async (call, code, { kind, evidence }) => {
    if (call === 'service-account-token') {
      const { keyFile } = buildServiceAccount('somebody@project.test');
      await credential.put({ secrets: keyFile });
    } else await credential.put();
    if (TOKEN_ERROR.test(code)) answerOf('/token', { status: 400, body: { error: code } });
    else {
      const isReason = /^[a-z]/.test(code);
      const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: code }];
      const error = isReason ? { code: 403, errors: [{ reason: code }] } : { code: 403, status: code, details };
      answerOf(/metadata$/, { status: 403, body: { error } });
    }
    expect(await credential.check()).toMatchObject({ state: STATE_OF[kind], evidence: { code: evidence } });
  });

  it.each(named('facebook'))('of Facebook are known for what they mean: %s %s', async (call, code, row) => {
    const [, number, subcode] = /^(\d+)(?:-\d+|\/(\d+))?$/.exec(code) ?? [];
    const error = { type: 'OAuthException', code: Number(number), ...(subcode && { error_subcode: Number(subcode) }) };
    await page.patch({ pageAccessToken: 'page-token' });
    answerOf(call === 'debug-token' ? /debug_token$/ : /\/\d+$/, { status: 400, body: { error } });
    expect(await page.check()).toMatchObject({ state: STATE_OF[row.kind], evidence: { code: row.evidence } });
  });

  it.each<[string, OddAnswer, string]>([
    ['500', { status: 500, body: { error: 'invalid_grant' } }, 'PROVIDER_FAILED'],
    ['503 in HTML', { status: 503, body: '<html>', headers: { 'Content-Type': 'text/html' } }, 'PROVIDER_FAILED'],
    ['408', { status: 408 }, 'PROVIDER_FAILED'],
    ['429', { status: 429, body: { error: 'invalid_grant' } }, 'PROVIDER_QUOTA'],
    ['a half answer', { body: { access_token: 'x', expires_in: 3_599 }, manner: 'half' }, 'PROVIDER_ANSWER_UNREADABLE'],
    ['a half error', { status: 400, body: { error: 'invalid_grant' }, manner: 'half' }, 'PROVIDER_ANSWER_UNREADABLE'],
    ['no JSON', { body: '{"access_token"' }, 'PROVIDER_ANSWER_UNREADABLE'],
    ['a list', { body: '[]' }, 'PROVIDER_ANSWER_UNREADABLE'],
    ['another type', { headers: { 'Content-Type': 'text/html' } }, 'PROVIDER_ANSWER_UNREADABLE'],
    [
      'a 400 of a proxy',
      { status: 400, body: '<html>', headers: { 'Content-Type': 'text/html' } },
      'PROVIDER_ANSWER_UNREADABLE',
    ],
    ['a redirection', { status: 307, headers: { Location: '/elsewhere' } }, 'PROVIDER_ANSWER_UNREADABLE'],
    ['a body without end', { manner: 'huge' }, 'PROVIDER_ANSWER_UNREADABLE'],
    ['no token', { body: { expires_in: 3_599 } }, 'PROVIDER_ANSWER_UNREADABLE'],
    ['an empty token', { body: { access_token: ' ' } }, 'PROVIDER_ANSWER_UNREADABLE'],
    ['a closed connection', { manner: 'close' }, 'PROVIDER_UNREACHABLE'],
    ['silence', { manner: 'silent' }, 'PROVIDER_TIMEOUT'],
  ])('say nothing of the credential when they are %s', async (_what, answer, evidence) => {
    await credential.put();
    answerOf('/token', answer);
    expect(await credential.check()).toMatchObject({ state: 'UNKNOWN', evidence: { code: evidence } });
    expect(await credential.stored()).not.toHaveProperty('accessToken');
    expect(provider.requestsTo('/elsewhere')).toEqual([]);
  });

  it('say nothing of the credential when there is no such host', async () => {
    const { check } = await buildCredential(app, acme, { provider: 'search-console' });
    expect(await check()).toMatchObject({ state: 'UNKNOWN', evidence: { code: 'PROVIDER_UNREACHABLE' } });
  });

  it('that nobody documented are shown as a refusal, and never as the end of the token', async () => {
    await credential.put();
    answerOf('/token', { status: 400, body: { error: 'something_new' } });
    expect(await credential.check()).toMatchObject({ state: 'FAILING', evidence: { code: 'PROVIDER_REFUSED' } });
  });

  it('that pass are gone when the call is repeated, after as long as the provider asks', async () => {
    await credential.put();
    const times: number[] = [];
    provider.behaviour = ({ path }) => {
      if (path !== '/token') return undefined;
      times.push(performance.now());
      return times.length === 1 ? { status: 503, headers: { 'Retry-After': '1' } } : undefined;
    };
    expect(await credential.check()).toMatchObject({ state: 'HEALTHY' });
    expect(times).toHaveLength(2);
    expect((times[1] as number) - (times[0] as number)).toBeGreaterThan(990);
    // Longer than the whole call may take: no use in waiting.
    await credential.put();
    answerOf('/token', { status: 503, headers: { 'Retry-After': '60' } });
    provider.requests.length = 0;
    await credential.check();
    expect(provider.requestsTo('/token')).toHaveLength(1);
  });

  it.each([400, 401, 403])('of status %i are not repeated', async (status) => {
    await credential.put();
    answerOf('/token', { status, body: { error: 'invalid_client' } });
    await credential.check();
    expect(provider.requestsTo('/token')).toHaveLength(1);
  });
});
