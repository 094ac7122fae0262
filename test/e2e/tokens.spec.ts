import { generateKeyPairSync, randomInt, randomUUID } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { Configuration } from '../../src/platform/config/configuration.js';
import { buildOrganization, type BuiltOrganization, buildUser, type BuiltUser, PASSWORD } from '../support/builders.js';
import { BearerClient, expectUnauthenticated } from '../support/open-api-bearer.js';
import { TestApp } from '../support/test-app.js';

const FLIPS = 300;
const ME = '/api/v1/auth/me';

let app: TestApp;
let client: BearerClient;
let acme: BuiltOrganization;
let other: BuiltUser;
let secret: Uint8Array;

beforeAll(async () => {
  app = await TestApp.start();
  client = new BearerClient(app.url);
  acme = await buildOrganization(app);
  other = await buildUser(app, `Other ${randomUUID()}`);
  secret = new TextEncoder().encode(app.nest.get(Configuration).get('JWT_SECRET'));
});
afterAll(async () => {
  client.close();
  await app.stop();
});

/** The valid token of the owner, with changes; undefined takes something out. */
async function forge(
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
  key: Parameters<SignJWT['sign']>[0] = secret,
): Promise<string> {
  const own = acme.owner.accessToken;
  const payload = withoutUndefined({ ...decodeJwt(own), ...claims });
  const protectedHeader = withoutUndefined({ ...decodeProtectedHeader(own), ...header });
  return await new SignJWT(payload).setProtectedHeader(protectedHeader as { alg: string }).sign(key);
}

function withoutUndefined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('an access token', () => {
  it('is accepted as it was issued, and when it is signed again just so', async () => {
    expect((await client.bear(acme.owner.accessToken)).status).toBe(200);
    expect((await client.bear(await forge({}))).status).toBe(200);
  });

  it('is refused without a signature, or with somebody else’s', async () => {
    const [head = '', payload = '', signature = ''] = acme.owner.accessToken.split('.');
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
      for (const end of ['', signature])
        expectUnauthenticated(await client.bear(`${encode({ alg, typ: 'at+jwt' })}.${payload}.${end}`), alg);
    }
    expectUnauthenticated(await client.bear(`${head}.${payload}.`), 'no signature');
    expectUnauthenticated(
      await client.bear(await forge({}, {}, new TextEncoder().encode('x'.repeat(48)))),
      'another secret',
    );
    expectUnauthenticated(await client.bear(await forge({}, {}, new Uint8Array(48))), 'an empty secret');
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    expectUnauthenticated(await client.bear(await forge({}, { alg: 'RS256' }, privateKey)), 'RS256');
    const jwk = publicKey.export({ format: 'jwk' });
    expectUnauthenticated(
      await client.bear(await forge({}, { alg: 'RS256', jwk }, privateKey)),
      'a key that it brings along',
    );
    for (const alg of ['HS384', 'HS512'])
      expectUnauthenticated(await client.bear(await forge({}, { alg }, Buffer.concat([secret, secret]))), alg);
    for (const header of [
      { kid: '../../../../dev/null' },
      { kid: "' UNION SELECT 'x" },
      { jku: 'https://evil.test/keys' },
      { x5u: 'https://evil.test/cert' },
    ]) {
      expectUnauthenticated(
        await client.bear(await forge({}, header, new TextEncoder().encode('x'.repeat(48)))),
        JSON.stringify(header),
      );
    }
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['of another product', { aud: 'realestate' }, {}],
    ['of no product', { aud: undefined }, {}],
    ['of another issuer', { iss: 'evil' }, {}],
    ['of no issuer', { iss: undefined }, {}],
    ['of another type', {}, { typ: 'JWT' }],
    ['of the type of a refresh token', {}, { typ: 'rt+jwt' }],
    ['of no type', {}, { typ: undefined }],
    ['that has expired', { exp: Math.floor(Date.now() / 1_000) - 1 }, {}],
    ['that never expires', { exp: undefined }, {}],
    ['that is not valid yet', { nbf: Math.floor(Date.now() / 1_000) + 600 }, {}],
    ['that was issued at no time', { iat: undefined }, {}],
    ['of nobody', { sub: undefined }, {}],
    ['of a name', { sub: 'root' }, {}],
    ['of a pattern', { sub: '%' }, {}],
    ['of an unknown person', { sub: randomUUID() }, {}],
    ['of no log-in', { sid: undefined }, {}],
    ['of an unknown log-in', { sid: randomUUID() }, {}],
    ['of a log-in that is no id', { sid: { $ne: null } }, {}],
    ['with an extension that must be understood', {}, { crit: ['exp'], exp: 1 }],
  ])('is refused %s', async (what, claims, header) => {
    const token = await forge(claims, header).catch(() => {
      const [, , signature] = acme.owner.accessToken.split('.');
      return `${encode({ ...decodeProtectedHeader(acme.owner.accessToken), ...header })}.${encode({ ...decodeJwt(acme.owner.accessToken), ...claims })}.${signature}`;
    });
    expectUnauthenticated(await client.bear(token), what);
    expectUnauthenticated(await client.bear(token, '/api/v1/organizations/current'), what);
  });

  it('is refused for another person with one’s own log-in, and the other way round', async () => {
    const { sub, sid } = decodeJwt<{ sid: string }>(other.accessToken);
    expectUnauthenticated(await client.bear(await forge({ sub })), 'another person');
    expectUnauthenticated(await client.bear(await forge({ sid })), 'another log-in');
    expect((await client.bear(await forge({ sub, sid }))).body).toMatchObject({ user: { id: other.user.id } });
  });

  it('is refused with any one bit changed, also after the right one was seen', async () => {
    const token = acme.owner.accessToken;
    expect((await client.bear(token)).status).toBe(200);
    for (let number = 0; number < FLIPS; number += 1) {
      // The last character has bits that mean nothing; all its other spellings are tried below.
      const place = randomInt(token.length - 1);
      const changed = String.fromCharCode(token.charCodeAt(place) ^ (1 << randomInt(7)));
      // Other bytes do not get through a header.
      if (!/[!-~]/.test(changed)) continue;
      const forged = token.slice(0, place) + changed + token.slice(place + 1);
      expectUnauthenticated(await client.bear(forged), `bit ${place}: ${forged}`);
    }
  });

  it('is refused in any other spelling of its bytes', async () => {
    const token = acme.owner.accessToken;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=';
    for (const last of alphabet) {
      if (!token.endsWith(last))
        expectUnauthenticated(await client.bear(token.slice(0, -1) + last), `ends with ${last}`);
    }
    const [head, payload, signature] = token.split('.');
    const spellings = [
      `${token}=`,
      `${token}==`,
      `${token}.`,
      `.${token}`,
      `${token}.x`,
      `${token}${token}`,
      token.slice(0, -1),
      token.slice(1),
      token.slice(0, 40),
      `${head}.${payload}`,
      `${head}..${signature}`,
      `.${payload}.${signature}`,
      `${head}.${payload}.${signature}.${signature}`,
      '..',
      '.',
      'null',
      'undefined',
      '{}',
      'x'.repeat(5_000),
    ];
    for (const spelling of spellings) expectUnauthenticated(await client.bear(spelling), spelling);
  });

  it('is no other token', async () => {
    for (const token of [
      acme.owner.refreshToken,
      acme.owner.user.id,
      acme.id,
      decodeJwt<{ sid: string }>(acme.owner.accessToken).sid,
    ]) {
      expectUnauthenticated(await client.bear(token), token);
    }
    const refused = await client.refresh(acme.owner.accessToken.slice(0, 200));
    expect(refused).toMatchObject({ status: 401, body: { code: 'REFRESH_TOKEN_INVALID' } });
  });

  it('comes in the Authorization header as a bearer token, in any case, and in no other way', async () => {
    const token = acme.owner.accessToken;
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bEaReR'])
      expect((await client.ask(`${scheme} ${token}`)).status).toBe(200);
    for (const value of [
      '',
      'Bearer',
      'Bearer ',
      token,
      `Bearer  ${token}`,
      `Bearer\t${token}`,
      `Bearer${token}`,
      `Bearer:${token}`,
      `Token ${token}`,
      `Basic ${token}`,
      `Bearer "${token}"`,
      `Bearer ${token} x`,
      `Bearer ${token},${token}`,
      `Bearer x, Bearer ${token}`,
      `Bearer ${token}, Bearer x`,
    ]) {
      expectUnauthenticated(await client.ask(value), value);
    }
    expectUnauthenticated(await client.ask(['Bearer x', `Bearer ${token}`]), 'two headers');
    expectUnauthenticated(await client.send({ method: 'get', path: `${ME}?access_token=${token}` }), 'query');
    expectUnauthenticated(
      await client.send({
        method: 'get',
        path: ME,
        headers: { cookie: `token=${token}; accessToken=${token}`, 'x-access-token': token },
      }),
      'cookie',
    );
  });

  it('S4-13 of one product is none of the other’s, with the same database and secret', async () => {
    const realestate = await TestApp.start({ environment: { PRODUCT: 'realestate' } });
    const beside = new BearerClient(realestate.url);
    const send = async (token: string) =>
      await beside.send({ method: 'get', path: ME, headers: { authorization: `Bearer ${token}` } });
    expectUnauthenticated(await send(acme.owner.accessToken), 'token of bestays');
    expectUnauthenticated(await send(await forge({ aud: 'realestate' })), 'token of bestays for realestate');
    const body = JSON.stringify({ email: acme.owner.email, password: PASSWORD });
    expect(await beside.sendAs(null, { method: 'post', path: '/api/v1/auth/login', body })).toMatchObject({
      status: 401,
      headers: { 'x-product': 'realestate' },
      body: { code: 'LOGIN_FAILED' },
    });
    expect(
      await beside.sendAs(null, {
        method: 'post',
        path: '/api/v1/auth/refresh',
        body: JSON.stringify({ refreshToken: acme.owner.refreshToken }),
      }),
    ).toMatchObject({ status: 401 });
    beside.close();
    await realestate.stop();
    expect((await client.bear(acme.owner.accessToken)).status).toBe(200);
  });
});
