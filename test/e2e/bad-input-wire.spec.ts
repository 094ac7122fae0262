import { type Operation, readApi } from '../support/open-api.js';
import { sendBytes } from '../support/open-api-request.js';
import { findOperation, fillPath } from '../support/sweep.js';
import { invalid, refusedAs, Refusals } from '../support/sweep-refusals.js';
import { TestApp } from '../support/test-app.js';

const app = await TestApp.start();
const api = readApi(app);
const headerSets = (...sets: Record<string, string>[]) => sets;

let refusals: Refusals;

beforeAll(async () => {
  refusals = await Refusals.open(app, api);
});
afterAll(async () => {
  await refusals.close();
  await app.stop();
});

function pathOf({ path }: Operation): string {
  return fillPath(path, refusals.fixture.places);
}

describe('the server', () => {
  const raw = (lines: readonly string[], body = '') => `${lines.join('\r\n')}\r\n\r\n${body}`;
  const host = 'Host: localhost';

  it.each([
    ['S4-4 an address that is too long', 431, raw([`GET /${'a'.repeat(20_000)} HTTP/1.1`, host])],
    ['S4-4 a header that is too long', 431, raw(['GET /api/health HTTP/1.1', host, `X-Long: ${'a'.repeat(20_000)}`])],
    [
      'two lengths',
      400,
      raw(['POST /api/v1/auth/login HTTP/1.1', host, 'Content-Length: 2', 'Content-Length: 3'], '{}x'),
    ],
    [
      'a length and chunks',
      400,
      raw(['POST /api/v1/auth/login HTTP/1.1', host, 'Content-Length: 2', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
    ],
    [
      'chunks that are none',
      400,
      raw(
        ['POST /api/v1/auth/login HTTP/1.1', host, 'Content-Type: application/json', 'Transfer-Encoding: chunked'],
        'zz\r\n{}\r\n',
      ),
    ],
    ['a folded header', 400, raw(['GET /api/health HTTP/1.1', host, 'X-Folded: a', ' b'])],
    ['a space in a header name', 400, raw(['GET /api/health HTTP/1.1', host, 'X Name: a'])],
    ['a NUL in a header', 400, raw(['GET /api/health HTTP/1.1', host, 'X-Name: a\u0000b'])],
    ['another protocol', 400, raw(['GET /api/health HTTP/9.9', host])],
    ['a request line that is none', 400, raw(['HELLO'])],
    [
      'a body of more length than it says',
      400,
      raw(['POST /api/v1/auth/logout HTTP/1.1', host, 'Content-Length: 1'], 'aSMUGGLED / HTTP/1.1\r\n\r\n'),
    ],
  ])('refuses %s', async (_what, status, bytes) => {
    const answers = await sendBytes(app.url, bytes);
    const last = answers.slice(answers.lastIndexOf('HTTP/1.1 '));
    expect(last).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    const [head = '', body = ''] = last.split('\r\n\r\n');
    expect(head).toMatch(/^X-Product: bestays$/im);
    expect(head).toMatch(/^Content-Type: application\/problem\+json/im);
    const requestId = /^X-Request-Id: (\S+)$/im.exec(head)?.[1];
    expect(JSON.parse(body)).toEqual({
      type: expect.stringMatching(/^urn:bulkhead:problem:/),
      title: expect.any(String),
      status,
      code: expect.any(String),
      detail: expect.any(String),
      requestId,
    });
  });

  it('serves others after each of these', async () => {
    await app.http().get('/api/health/live').expect(200);
  });

  it('ignores headers that ask for another method, address or host', async () => {
    const get = findOperation(api, 'get', '/clients/{id}');
    const before = await refusals.stored();
    for (const name of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']) {
      expect(await refusals.send(get, { headers: { [name]: 'DELETE' } })).toMatchObject({ status: 200 });
      expect(
        await refusals.send({ ...get, method: 'post' }, { headers: { [name]: 'DELETE' }, body: '{}' }),
      ).toMatchObject(refusedAs(404, 'ROUTE_NOT_FOUND'));
    }
    expect(await refusals.send(get, { path: `${pathOf(get)}?_method=DELETE` })).toMatchObject(invalid('_method'));
    for (const headers of headerSets(
      { 'X-Original-URL': '/api/v1/members' },
      { 'X-Rewrite-URL': '/api/v1/members' },
      { 'X-Forwarded-Host': 'evil.test' },
      { 'X-Forwarded-Prefix': '/evil' },
    )) {
      expect(await refusals.send(get, { headers })).toMatchObject({
        status: 200,
        body: { id: refusals.fixture.places['/clients/{id}'] },
      });
    }
    expect(await refusals.stored()).toEqual(before);
  });

  it('refuses long and odd values of the headers that it reads', async () => {
    const get = findOperation(api, 'get', '/clients/{id}');
    const long = 'x'.repeat(10_000);
    await refusals.expectEach(
      [{ headers: { authorization: `Bearer ${long}` } }, { headers: { authorization: long } }],
      get,
      refusedAs(401, 'UNAUTHENTICATED'),
    );
    await refusals.expectEach(
      [{ headers: { 'x-organization-id': long } }, { headers: { 'x-organization-id': 'Ã©\u00ff' } }],
      get,
      refusedAs(404, 'ORGANIZATION_NOT_FOUND'),
    );
    const patch = findOperation(api, 'patch', '/clients/{id}');
    const tags = [long, '1', '"x"', '"-1"', '"1.0"', '"99999999999"', '""', '"1', 'W/"1"', '"\u00ff"'];
    await refusals.expectEach(
      tags.map((tag) => ({ headers: { 'if-match': tag }, body: '{"name":"New"}' })),
      patch,
      refusedAs(412, 'VERSION_CONFLICT'),
    );
    for (const headers of headerSets(
      { cookie: long },
      { accept: 'nonsense' },
      { 'user-agent': '\u00ff' },
      { 'x-request-id': long },
      { 'accept-language': '*' },
    )) {
      expect(await refusals.send(get, { headers })).toMatchObject({ status: 200 });
    }
  });
});
