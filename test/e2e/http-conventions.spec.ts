// cspell:ignore nosniff SAMEORIGIN
import type { Server } from 'node:http';
import { named, readApi } from '../support/open-api.js';
import { problemDefects, RawClient, type RawRequest, sendBytes } from '../support/open-api-request.js';
import { buildFixture, fillPath, type Fixture } from '../support/sweep.js';
import { TestApp } from '../support/test-app.js';

const app = await TestApp.start({ environment: { METRICS_TOKEN: 'metrics-token-of-the-test' } });
const api = readApi(app);
const operations = named(api.operations);
const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/;

let client: RawClient;
let acme: Fixture;

beforeAll(async () => {
  client = new RawClient(app.url);
  acme = await buildFixture(app, api, 'conventional');
});
afterAll(async () => {
  client.close();
  await app.stop();
});

const asOwner = async (request: RawRequest) => await client.sendAs(acme.organization.owner, request);
const places = (path: string) => fillPath(path, acme.places);

/** One request for each kind of answer that there is. */
const KINDS: readonly (readonly [number, RawRequest & { readonly isAnonymous?: boolean }])[] = [
  [200, { method: 'get', path: '/api/health' }],
  [200, { method: 'get', path: '/api/health/live' }],
  [200, { method: 'get', path: '/api/health/ready' }],
  [200, { method: 'get', path: '/docs' }],
  [200, { method: 'get', path: '/docs-json' }],
  [200, { method: 'get', path: '/api/v1/clients' }],
  [200, { method: 'head', path: '/api/v1/clients' }],
  [200, { method: 'get', path: '/api/v1/clients/{id}/data' }],
  [201, { method: 'post', path: '/api/v1/businesses', body: '{"name":"Shop"}' }],
  [204, { method: 'delete', path: '/api/v1/seo-projects/{id}/keywords/{keywordId}' }],
  [304, { method: 'get', path: '/api/v1/businesses/{id}', headers: { 'if-none-match': '"1"' } }],
  [400, { method: 'post', path: '/api/v1/businesses', body: '{}' }],
  [400, { method: 'get', path: '/api/v1/clients/%zz' }],
  [400, { method: 'post', path: '/api/v1/businesses', body: '{' }],
  [401, { method: 'get', path: '/api/v1/clients', isAnonymous: true }],
  [401, { method: 'get', path: '/metrics' }],
  [404, { method: 'get', path: '/api/v1/clients/01a00000-0000-7000-8000-000000000000' }],
  [404, { method: 'get', path: '/api/v1/nothing' }],
  [404, { method: 'put', path: '/api/v1/clients' }],
  [404, { method: 'get', path: '/' }],
  [404, { method: 'get', path: '/favicon.ico' }],
  [404, { method: 'get', path: '/api/v2/clients' }],
  [404, { method: 'get', path: '/docs/nothing' }],
  [404, { method: 'post', path: '/api/health', body: '{}' }],
  [412, { method: 'patch', path: '/api/v1/clients/{id}', body: '{"name":"New"}', headers: { 'if-match': '"99"' } }],
  [413, { method: 'post', path: '/api/v1/businesses', body: `{"name":"${'x'.repeat(200_000)}"}` }],
  [415, { method: 'post', path: '/api/v1/businesses', body: 'name=x', headers: { 'content-type': 'text/plain' } }],
  [421, { method: 'get', path: '/api/v1/clients', headers: { 'x-product': 'realestate' } }],
];

describe('every answer', () => {
  it.each(KINDS)(
    'S4-4 S4-23 C6 has its product, a request id and safe headers: %i %j',
    async (status, { isAnonymous, ...request }) => {
      const filled = { ...request, path: places(request.path) };
      const answer = isAnonymous ? await client.send(filled) : await asOwner(filled);
      expect(answer).toMatchObject({
        status,
        headers: {
          'x-product': 'bestays',
          'x-request-id': expect.stringMatching(UUID),
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'SAMEORIGIN',
          'referrer-policy': 'no-referrer',
          'strict-transport-security': expect.stringContaining('max-age='),
        },
      });
      expect(
        Object.keys(answer.headers).filter((name) => /powered|^server$|^set-cookie$|^access-control/.test(name)),
      ).toEqual([]);
      if (status >= 400) expect(problemDefects(answer)).toEqual([]);
      if (status === 401) expect(answer.headers['www-authenticate']).toBe('Bearer');
    },
  );

  it.each(operations)('C6 refuses a request for another product: %s', async (_route, { method, path }) => {
    for (const product of [
      'realestate',
      'BESTAYS',
      'bestays,realestate',
      'bestays, bestays',
      '',
      ' ',
      '*',
      '__proto__',
    ]) {
      const answer = await asOwner({ method, path: places(path), headers: { 'x-product': product } });
      expect([product, answer]).toMatchObject([
        product,
        { status: 421, headers: { 'x-product': 'bestays' }, body: { code: 'PRODUCT_MISMATCH' } },
      ]);
      expect(problemDefects(answer)).toEqual([]);
    }
    const twice = await asOwner({ method, path: places(path), headers: { 'x-product': ['bestays', 'realestate'] } });
    expect(twice.status).toBe(421);
  });

  it('C6 serves a request for its own product', async () => {
    const answer = await asOwner({
      method: 'get',
      path: '/api/v1/organizations/current',
      headers: { 'x-product': 'bestays' },
    });
    expect(answer).toMatchObject({ status: 200, body: { id: acme.organization.id } });
  });

  it('keeps a well-formed request id, and makes one for any other', async () => {
    const ask = async (id: string | string[]) => {
      const { headers, body } = await client.send({
        method: 'get',
        path: '/api/v1/nothing',
        headers: { 'x-request-id': id },
      });
      expect(headers['x-request-id']).toBe((body as { requestId: string }).requestId);
      return headers['x-request-id'];
    };
    for (const id of ['12345678', 'a-B_9-a-B_9', 'x'.repeat(64), '0198c1f2-6a52-4f7e-9d5e-1f2f7a1b9c11'])
      expect(await ask(id)).toBe(id);
    for (const id of [
      '',
      '1234567',
      'x'.repeat(65),
      'with space',
      'semi;colon',
      'a,b,c,d,e,f',
      '<script>',
      'é'.repeat(8),
      ['12345678', '12345678'],
    ]) {
      expect(await ask(id)).toMatch(new RegExp(`^${UUID.source}$`));
    }
  });

  it('to an error tells nothing of what was sent', async () => {
    const marker = 'sent-by-somebody';
    const texts = await Promise.all([
      asOwner({ method: 'get', path: `/api/v1/${marker}` }),
      asOwner({ method: 'get', path: `/api/v1/clients/${marker}` }),
      asOwner({ method: 'get', path: '/api/v1/clients', headers: { 'x-organization-id': marker } }),
      client.send({ method: 'get', path: '/api/v1/clients', headers: { authorization: `Bearer ${marker}` } }),
      asOwner({ method: 'post', path: '/api/v1/businesses', body: JSON.stringify({ name: [marker] }) }),
    ]);
    for (const { status, text } of texts) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(text).not.toContain(marker);
    }
  });
});

describe('CORS', () => {
  const preflight = { method: 'options', path: '/api/v1/clients' };
  const headers = (origin: string) => ({
    origin,
    'access-control-request-method': 'PATCH',
    'access-control-request-headers': 'authorization,x-organization-id,if-match',
  });
  const allowed = 'https://app.example.test';

  it('S4-22 allows no other origin unless the configuration names it', async () => {
    for (const path of ['/api/v1/clients', '/api/health', '/docs-json']) {
      const answer = await client.send({ method: 'get', path, headers: { origin: allowed } });
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
    const answer = await client.send({ ...preflight, headers: headers(allowed) });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('S4-22 allows exactly the origins of the configuration', async () => {
    const open = await TestApp.start({ environment: { CORS_ORIGINS: `${allowed}, https://other.example.test` } });
    const browser = new RawClient(open.url);
    const asked = await browser.send({ ...preflight, headers: headers(allowed) });
    expect(asked).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': allowed,
        'access-control-allow-methods': expect.stringContaining('PATCH'),
        'access-control-allow-headers': 'authorization,x-organization-id,if-match',
        vary: expect.stringMatching(/origin/i),
        'x-product': 'bestays',
        'x-request-id': expect.stringMatching(UUID),
      },
    });
    const refused = await browser.send({ method: 'get', path: '/api/v1/clients', headers: { origin: allowed } });
    expect(refused).toMatchObject({ status: 401, headers: { 'access-control-allow-origin': allowed } });
    expect(refused.headers['access-control-expose-headers']).toBe(
      'ETag,Idempotency-Replayed,RateLimit-Limit,RateLimit-Remaining,RateLimit-Reset,Retry-After,X-Product,X-Request-Id',
    );
    expect(refused.headers['access-control-allow-credentials']).toBeUndefined();
    for (const origin of [
      'https://evil.test',
      'null',
      `${allowed}.evil.test`,
      'http://app.example.test',
      `${allowed}:8443`,
      'https://APP.example.test',
      '*',
      'https://',
    ]) {
      const answers = [
        await browser.send({ ...preflight, headers: headers(origin) }),
        await browser.send({ method: 'get', path: '/api/health', headers: { origin } }),
      ];
      expect(answers.map((answer) => answer.headers['access-control-allow-origin'])).toEqual([undefined, undefined]);
    }
    browser.close();
    await open.stop();
  });
});

describe('/metrics', () => {
  it('are for the bearer of the operator’s token only', async () => {
    for (const authorization of [
      '',
      'Bearer ',
      'Bearer x',
      'metrics-token-of-the-test',
      'Basic metrics-token-of-the-test',
      `Bearer ${acme.organization.owner.accessToken}`,
    ]) {
      const answer = await client.send({ method: 'get', path: '/metrics', headers: { authorization } });
      expect([authorization, answer.status, problemDefects(answer)]).toEqual([authorization, 401, []]);
    }
  });

  it('S2-23 name no organization, person or row', async () => {
    for (const { method, path } of api.operations) if (method === 'get') await asOwner({ method, path: places(path) });
    await asOwner({ method: 'get', path: `/api/v1/${acme.organization.id}/${acme.organization.slug}` });
    const { status, type, text } = await client.send({
      method: 'get',
      path: '/metrics',
      headers: { authorization: 'Bearer metrics-token-of-the-test' },
    });
    expect([status, type]).toEqual([200, expect.stringContaining('text/plain')]);
    expect(text).toMatch(
      /^http_request_duration_seconds_count\{method="GET",route="\/api\/v1\/clients\/:id",status="200"\} \d/m,
    );
    expect(text).toContain('route="unmatched"');
    expect(text).not.toMatch(UUID);
    for (const known of [acme.organization.slug, acme.organization.owner.email, acme.marker])
      expect(text).not.toContain(known);
  });
});

describe('the server', () => {
  it('cuts a client that is slow with its headers', async () => {
    const server = app.nest.getHttpServer() as Server & { connectionsCheckingInterval: number };
    expect(server).toMatchObject({
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 5_000,
    });
    server.headersTimeout = 100;
    try {
      const startedAt = performance.now();
      const text = await sendBytes(app.url, 'GET /api/health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ', 15_000);
      expect(text).toMatch(/^HTTP\/1\.1 408 [\s\S]*X-Product: bestays[\s\S]*"code":"REQUEST_TOO_SLOW"/);
      expect(performance.now() - startedAt).toBeLessThan(7_000);
    } finally {
      server.headersTimeout = 10_000;
    }
  });
});
