import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { LookupAddress } from 'node:dns';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { WebClient, type WebRequest } from './web-client.js';
import { WebError } from './web.error.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const REFUSED = /^WEB_(?:URL_INVALID|PORT_REFUSED|ADDRESS_REFUSED|HOST_UNKNOWN)$/;

/** Networks that no organization has business in; the machine's own, the provider's metadata, the reserved ones. */
const FORBIDDEN = [
  ...['0.0.0.0', '10.0.0.1', '10.255.255.254', '100.64.0.1', '100.100.100.200', '127.0.0.1', '127.1.2.3'],
  ...['168.63.129.16', '169.254.0.1', '169.254.169.254', '169.254.170.2', '172.16.0.1', '172.31.255.254'],
  ...['192.0.0.192', '192.0.2.1', '192.88.99.1', '192.168.0.1', '192.168.255.254', '198.18.0.1', '198.51.100.1'],
  ...['203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
];
const FORBIDDEN_6 = [
  ...['::', '::1', 'fc00::1', 'fd00:ec2::254', 'fdff::1', 'fe80::1', 'febf::1', 'fec0::1', 'ff02::1', '100::1'],
  ...['2001::1', '2001:2::1', '2001:10::1', '2001:20::1', '2001:db8::1', '2002::1', '3fff::1', '4000::1', '5f00::1'],
  ...['64:ff9b:1::a00:1', '0:0:0:0:0:0:0:1', '0000:0000:0000:0000:0000:ffff:7f00:0001'],
];

/** The ways to write an IPv4 address that browsers and libraries understand. */
function spellings(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const number = ((a * 256 + b) * 256 + c) * 256 + d;
  const hex = (value: number, width: number) => value.toString(16).padStart(width, '0');
  const octal = (value: number) => `0${value.toString(8)}`;
  const groups = `${hex(a * 256 + b, 4)}:${hex(c * 256 + d, 4)}`;
  return [
    ...[address, `${address}.`, String(number), `0x${hex(number, 8)}`, `0${number.toString(8)}`],
    ...[`${a}.${number - a * 2 ** 24}`, `${a}.${b}.${c * 256 + d}`, [a, b, c, d].map(octal).join('.')],
    ...[`0x${hex(a, 2)}.0x${hex(b, 2)}.0x${hex(c, 2)}.0x${hex(d, 2)}`, `${octal(a)}.0x${hex(b, 2)}.${c}.${d}`],
    ...[`[::ffff:${address}]`, `[::ffff:${groups}]`, `[::${groups}]`, `[64:ff9b::${groups}]`, `[2002:${groups}::]`],
    ...[`[2001:0:${groups}::1]`, `[::ffff:0:${groups}]`, encodeURIComponent(address).replaceAll('.', '%2E')],
    address.replaceAll('.', '。'),
  ];
}

const URLS = [
  ...FORBIDDEN.flatMap(spellings).map((host) => `http://${host}/latest/meta-data/`),
  ...FORBIDDEN_6.map((host) => `https://[${host}]/`),
  ...['localhost', 'LOCALHOST', 'localhost.', 'a.localhost', 'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ'].map((host) => `http://${host}/`),
  ...[22, 25, 3000, 5432, 6379, 8080, 65_535].map((port) => `http://example.com:${port}/`),
  ...['file:///etc/passwd', 'ftp://example.com/', 'gopher://example.com/', 'data:text/html,x', 'javascript:alert(1)'],
  ...['http://user@example.com/', 'http://user:password@example.com/', 'http://127.0.0.1@example.com/', 'example.com'],
  ...['http://', 'http:///etc', '', '//example.com', 'http://a b.com/', `http://example.com/${'a'.repeat(5_000)}`],
  ...[
    'http://[fe80::1%25eth0]/',
    'http://[::1',
    'http://1.2.3.4.5/',
    'unix:/var/run/docker.sock',
    'http://256.256.256.256/',
  ],
];

describe(WebClient.name, () => {
  let server: Server;
  let answer: Answer;
  let seen: IncomingMessage[];
  let origin: string;
  let web: WebClient;
  const resolutions = new Map<string, LookupAddress[][]>();
  const { signal } = new AbortController();

  beforeAll(async () => {
    server = createServer((request, response) => {
      seen.push(request);
      answer(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    origin = `http://${host}`;
    web = new WebClient({
      allowedHosts: [host],
      resolve: (name, _options, callback) => {
        const addresses = resolutions.get(name);
        const next = (addresses && addresses.length > 1 ? addresses.shift() : addresses?.[0]) ?? [];
        callback(next.length > 0 ? null : Object.assign(new Error('no'), { code: 'ENOTFOUND' }), next);
      },
    });
  });
  beforeEach(() => {
    seen = [];
    answer = (_request, response) => response.end('<p>Hello</p>');
  });
  afterAll(async () => {
    await web.onApplicationShutdown();
    server.closeAllConnections();
    server.close();
  });

  const fetch = async (path: string, request: Partial<WebRequest> = {}) =>
    await web.fetch(new URL(path, origin).href, { signal, ...request });
  const refusal = async (url: string, request: Partial<WebRequest> = {}) => {
    const error: unknown = await web.fetch(url, { signal, ...request }).catch((thrown: unknown) => thrown);
    return error instanceof WebError ? error.code : `not refused: ${String(error)}`;
  };
  const resolveTo = (name: string, ...times: string[][]) =>
    resolutions.set(
      name,
      times.map((list) => list.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))),
    );

  it(`refuses ${URLS.length} addresses that are none of the public web, however they are written`, async () => {
    const passed: string[] = [];
    for (const url of URLS) if (!REFUSED.test(await refusal(url))) passed.push(url);
    expect(passed).toEqual([]);
    expect(URLS.length).toBeGreaterThan(400);
  });

  it('refuses each of them also where a redirect leads there', async () => {
    const passed: string[] = [];
    let target = '';
    answer = (_request, response) => response.writeHead(302, { location: target }).end();
    const urls = URLS.filter((url) => /^[a-z]+:/.test(url) && !/[^\x21-\x7e]/.test(url));
    for (target of urls) if (!REFUSED.test(await refusal(`${origin}/`))) passed.push(target);
    expect(passed).toEqual([]);
    expect(seen).toHaveLength(urls.length);
  });

  it('refuses names that lead into a network, wholly or in part, as names that lead nowhere', async () => {
    for (const address of [...FORBIDDEN, ...FORBIDDEN_6, '::ffff:127.0.0.1', '64:ff9b::7f00:1']) {
      resolveTo('inside.test', [address]);
      expect([address, await refusal('http://inside.test/')]).toEqual([address, 'WEB_HOST_UNKNOWN']);
      resolveTo('inside.test', ['93.184.215.14', address]);
      expect([address, await refusal('http://inside.test/')]).toEqual([address, 'WEB_HOST_UNKNOWN']);
    }
    expect(await refusal('http://nowhere.test/')).toBe('WEB_HOST_UNKNOWN');
  });

  it('looks at a name again for each connection, and connects to what it looked at', async () => {
    // Public when somebody looks first, inside when it is connected to: there is no such gap.
    resolveTo('rebinding.test', ['127.0.0.1'], ['93.184.215.14']);
    expect(await refusal('http://rebinding.test/')).toBe('WEB_HOST_UNKNOWN');
    resolveTo('rebinding.test', ['192.0.2.1'], ['127.0.0.1']);
    answer = (_request, response) => response.writeHead(301, { location: 'http://rebinding.test/' }).end();
    expect(await refusal(`${origin}/`)).toBe('WEB_HOST_UNKNOWN');
    expect(await refusal(`${origin}/`)).toBe('WEB_HOST_UNKNOWN');
  });

  it('follows redirects, tells them, and ends where they go round or on and on', async () => {
    answer = ({ url }, response) => {
      const [, count = '0'] = /(\d+)$/.exec(url ?? '') ?? [];
      if (url?.startsWith('/round'))
        response.writeHead(302, { location: url === '/round' ? '/round-2' : '/round' }).end();
      else if (Number(count) > 0) response.writeHead(308, { location: `/down/${Number(count) - 1}` }).end();
      else response.end('arrived');
    };
    const arrived = await fetch('/down/5');
    expect([arrived.text(), arrived.url.pathname, arrived.redirects.length]).toEqual(['arrived', '/down/0', 5]);
    await expect(fetch('/down/6')).rejects.toMatchObject({ code: 'WEB_TOO_MANY_REDIRECTS' });
    await expect(fetch('/round')).rejects.toMatchObject({ code: 'WEB_REDIRECT_LOOP', redirects: { length: 2 } });
    expect(await fetch('/down/1', { maxRedirects: 0 })).toMatchObject({ status: 308, redirects: [] });
    const stayed = await fetch('/down/3', { mayFollow: (url) => !url.pathname.endsWith('1') });
    expect([stayed.status, stayed.url.pathname]).toEqual([308, '/down/2']);
  });

  it('ends what grows beyond its limit, also what came small', async () => {
    const bombs = { gzip: gzipSync(Buffer.alloc(30_000_000)), br: brotliCompressSync(Buffer.alloc(30_000_000)) };
    for (const [encoding, bomb] of Object.entries(bombs)) {
      expect(bomb.byteLength).toBeLessThan(300_000);
      answer = (_request, response) => response.writeHead(200, { 'content-encoding': encoding }).end(bomb);
      await expect(fetch('/')).rejects.toMatchObject({ code: 'WEB_TOO_LARGE' });
      expect(await fetch('/', { truncates: true, maxBytes: 1_000 })).toMatchObject({ bytes: 1_000, isTruncated: true });
    }
    answer = (_request, response) => {
      const write = () => void (response.destroyed || response.write('a'.repeat(65_536), () => setImmediate(write)));
      write();
    };
    await expect(fetch('/', { maxBytes: 1_000_000 })).rejects.toMatchObject({ code: 'WEB_TOO_LARGE' });
    expect(await fetch('/', { wantsBody: (type) => type === 'text/html' })).toMatchObject({ bytes: 0, status: 200 });
  });

  it('reads what servers compress, and text in its character set', async () => {
    answer = ({ headers }, response) => {
      expect(headers['accept-encoding']).toBe('gzip, br');
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'Text/HTML; charset=ISO-8859-1' });
      response.end(gzipSync(Buffer.from('caf\xe9', 'latin1')));
    };
    const answered = await fetch('/');
    expect([answered.text(), answered.contentType, answered.bytes]).toEqual(['café', 'text/html', 4]);
    answer = (_request, response) => response.end(Buffer.from('<meta charset=windows-1252>\x80', 'latin1'));
    expect((await fetch('/')).text()).toContain('€');
  });

  it.each<[string, Answer, string]>([
    [
      'broken off',
      (_q, response) => response.writeHead(200, { 'content-length': '10' }).write('12', () => response.destroy()),
      'WEB_UNREACHABLE',
    ],
    ['closed', (_q, response) => response.destroy(), 'WEB_UNREACHABLE'],
    ['silent', () => undefined, 'WEB_TIMEOUT'],
    [
      'no gzip',
      (_q, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('plain'),
      'WEB_ANSWER_INVALID',
    ],
    [
      'unasked for',
      (_q, response) => response.writeHead(200, { 'content-encoding': 'zstd' }).end('x'),
      'WEB_ANSWER_INVALID',
    ],
    [
      'half a gzip',
      (_q, response) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('a'.repeat(999)).subarray(0, 20)),
      'WEB_ANSWER_INVALID',
    ],
    [
      'of endless headers',
      (_q, response) => response.writeHead(200, { 'x-long': 'a'.repeat(20_000) }).end(),
      'WEB_ANSWER_INVALID',
    ],
  ])('says what is wrong with an answer that is %s', async (_name, given, code) => {
    answer = given;
    await expect(fetch('/', { timeoutMs: 500 })).rejects.toMatchObject({ code });
  });

  it('sends neither cookies nor credentials, names itself, and forgets what sites want it to keep', async () => {
    answer = (_request, response) => response.setHeader('set-cookie', 'session=1').end();
    await fetch('/first');
    await fetch('/second');
    for (const { headers } of seen) {
      expect(headers).toMatchObject({ 'user-agent': expect.stringContaining('BulkheadBot') as string });
      expect(headers).not.toHaveProperty('cookie');
      expect(headers).not.toHaveProperty('authorization');
      expect(headers).not.toHaveProperty('referer');
    }
  });

  it('stops at once when it is told to, with the reason that it was told', async () => {
    const controller = new AbortController();
    const reason = new Error('canceled');
    answer = (_request, response) => {
      response.write('begun');
      controller.abort(reason);
    };
    await expect(fetch('/', { signal: controller.signal })).rejects.toBe(reason);
    seen = [];
    await expect(fetch('/', { signal: controller.signal })).rejects.toBe(reason);
    expect(seen).toEqual([]);
  });
});
