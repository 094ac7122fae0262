import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  randomInt,
  randomUUID,
} from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, exportJWK, type JWTPayload, SignJWT } from 'jose';
import { Configuration } from '../../platform/config/configuration.js';
import { SigningKeys } from './signing-keys.js';
import { TokenService } from './token.service.js';

const USER = randomUUID();
const SESSION = randomUUID();
const SECRET = randomBytes(48).toString('base64url');

const pemOf = (key: KeyObject) =>
  key.export({ format: 'pem', type: key.type === 'private' ? 'pkcs8' : 'spki' }) as string;
const ed25519 = () => generateKeyPairSync('ed25519');
const p256 = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

async function issuer(environment: NodeJS.ProcessEnv = {}): Promise<TokenService> {
  const configuration = Configuration.load({
    DATABASE_URL: 'postgres://app:a@db/x',
    DATABASE_IDENTITY_URL: 'postgres://identity:a@db/x',
    DATABASE_SYSTEM_URL: 'postgres://system:a@db/x',
    REDIS_URL: 'redis://redis',
    JWT_SECRET: SECRET,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    METRICS_TOKEN: 'x'.repeat(16),
    ...environment,
  });
  return new TokenService(configuration, await SigningKeys.load(configuration));
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const isAccepted = async (service: TokenService, token: string) =>
  await service.identify(`Bearer ${token}`).then(
    () => true,
    () => false,
  );

/** The token with other claims or another header, signed by `key`. */
async function resign(token: string, key: KeyObject, claims: JWTPayload = {}, header: object = {}): Promise<string> {
  const protectedHeader = { ...decodeProtectedHeader(token), ...header } as { alg: string };
  return await new SignJWT({ ...decodeJwt(token), ...claims }).setProtectedHeader(protectedHeader).sign(key);
}

describe.each([
  ['EdDSA', ed25519],
  ['ES256', p256],
] as const)('an access token signed with a pair (%s)', (algorithm, makePair) => {
  const pair = makePair();
  const environment = { JWT_PRIVATE_KEY: pemOf(pair.privateKey) };
  let service: TokenService;
  let token: string;

  beforeAll(async () => {
    service = await issuer(environment);
    token = await service.issueAccessToken(USER, SESSION);
  });

  it('names its key and algorithm, and is accepted', async () => {
    const { kid } = decodeProtectedHeader(token);
    expect(decodeProtectedHeader(token)).toEqual({ alg: algorithm, typ: 'at+jwt', kid: expect.any(String) as string });
    await expect(service.identify(`Bearer ${token}`)).resolves.toEqual({
      actor: { type: 'user', id: USER },
      sessionId: SESSION,
    });
    expect(await isAccepted(service, await resign(token, pair.privateKey))).toBe(true);
    expect(kid).toHaveLength(43);
  });

  it('is accepted by whoever has the public key, until it expires, and refused once that is forgotten', async () => {
    const next = { JWT_PRIVATE_KEY: pemOf(makePair().privateKey) };
    const rotated = await issuer({ ...next, JWT_PREVIOUS_PUBLIC_KEYS: pemOf(pair.publicKey) });
    expect(await isAccepted(rotated, token)).toBe(true);
    expect(await isAccepted(rotated, await rotated.issueAccessToken(USER, SESSION))).toBe(true);
    const expired = await resign(token, pair.privateKey, { exp: Math.floor(Date.now() / 1_000) - 1 });
    expect(await isAccepted(rotated, expired)).toBe(false);
    expect(await isAccepted(await issuer(next), token)).toBe(false);
    // Before the change of keys, every process is told of the next one.
    const prepared = await issuer({
      ...environment,
      JWT_PREVIOUS_PUBLIC_KEYS: pemOf(createPublicKey(next.JWT_PRIVATE_KEY)),
    });
    expect(await isAccepted(prepared, await rotated.issueAccessToken(USER, SESSION))).toBe(true);
  });

  it('is refused when it is signed with the public key as a secret', async () => {
    const spellings = [
      pemOf(pair.publicKey),
      pemOf(pair.publicKey).trim(),
      pair.publicKey.export({ format: 'der', type: 'spki' }),
      Buffer.from((await exportJWK(pair.publicKey)).x ?? '', 'base64url'),
      JSON.stringify(await exportJWK(pair.publicKey)),
      SECRET,
    ];
    for (const secret of spellings) {
      for (const kid of [decodeProtectedHeader(token).kid, undefined]) {
        const unsigned = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${token.split('.')[1]}`;
        const signature = createHmac('sha256', secret).update(unsigned).digest('base64url');
        expect(await isAccepted(service, `${unsigned}.${signature}`)).toBe(false);
      }
    }
  });

  it('is refused with the algorithm none', async () => {
    const [, payload, signature] = token.split('.');
    const { kid } = decodeProtectedHeader(token);
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
      for (const end of ['', signature])
        expect(await isAccepted(service, `${encode({ alg, typ: 'at+jwt', kid })}.${payload}.${end}`)).toBe(false);
    }
  });

  it('is refused from the wrong key, also one that it brings along', async () => {
    const other = makePair();
    const jwk = await exportJWK(other.publicKey);
    for (const header of [{}, { jwk }, { jku: 'https://evil.test/keys' }, { x5u: 'https://evil.test/cert' }])
      expect(await isAccepted(service, await resign(token, other.privateKey, {}, header))).toBe(false);
    for (const kid of [undefined, '', '__proto__', '../../../../dev/null', "' UNION SELECT 'x"])
      expect(await isAccepted(service, await resign(token, other.privateKey, {}, { kid }))).toBe(false);
  });

  it('is refused from a key of the other kind under the same name', async () => {
    const other = algorithm === 'EdDSA' ? p256() : ed25519();
    const alg = algorithm === 'EdDSA' ? 'ES256' : 'EdDSA';
    expect(await isAccepted(service, await resign(token, other.privateKey, {}, { alg }))).toBe(false);
  });

  it.each<[string, JWTPayload]>([
    ['has expired', { exp: 1 }],
    ['is of another product', { aud: 'realestate' }],
    ['is of another issuer', { iss: 'evil' }],
    ['is not valid yet', { nbf: 4_000_000_000 }],
    ['is of no session', { sid: 'x' }],
  ])('is refused when it %s', async (_what, claims) => {
    expect(await isAccepted(service, await resign(token, pair.privateKey, claims))).toBe(false);
  });

  it('is none for a process that has a secret, nor the other way round', async () => {
    const withSecret = await issuer();
    expect(await isAccepted(withSecret, token)).toBe(false);
    expect(await isAccepted(service, await withSecret.issueAccessToken(USER, SESSION))).toBe(false);
  });
});

describe('the published keys', () => {
  it('are the public halves of all that are accepted, the current one first', async () => {
    const [current, former] = [ed25519(), p256()];
    const configuration = { get: (name: string) => values[name] } as unknown as Configuration;
    const values: Record<string, unknown> = {
      JWT_PRIVATE_KEY: current.privateKey,
      JWT_PREVIOUS_PUBLIC_KEYS: [former.publicKey],
    };
    const { published } = await SigningKeys.load(configuration);
    expect(published.map(({ kty, crv, alg, use }) => ({ kty, crv, alg, use }))).toEqual([
      { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' },
      { kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' },
    ]);
    expect(published.map(({ x }) => x)).toEqual([
      (await exportJWK(current.publicKey)).x,
      (await exportJWK(former.publicKey)).x,
    ]);
    expect(published.flatMap((key) => Object.keys(key))).not.toContain('d');
  });
});

describe('20,000 tampered tokens', () => {
  /** One to three characters replaced, taken out or added anywhere; or cut, or turned round, or joined with another. */
  function tamper(token: string, other: string): string {
    const characters = [...token];
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=';
    for (let count = randomInt(1, 4); count > 0; count -= 1) {
      const place = randomInt(characters.length);
      const added = alphabet[randomInt(alphabet.length)] ?? '';
      characters.splice(place, randomInt(2), ...(randomInt(3) === 0 ? [] : [added]));
    }
    const [parts, others] = [token.split('.'), other.split('.')];
    const mixed = parts.map((part, index) => (randomInt(2) === 0 ? part : others[index]));
    const kinds = [characters.join(''), token.slice(0, randomInt(token.length)), mixed.join('.')];
    return kinds[randomInt(10) < 8 ? 0 : randomInt(1, 3)] ?? '';
  }

  it('R7 are refused, each of them', async () => {
    const secret = await issuer();
    const pair = await issuer({ JWT_PRIVATE_KEY: pemOf(ed25519().privateKey) });
    const accepted: string[] = [];
    let tried = 0;
    for (const service of [secret, pair]) {
      const token = await service.issueAccessToken(USER, SESSION);
      const other = await service.issueAccessToken(randomUUID(), randomUUID());
      expect(await isAccepted(service, token)).toBe(true);
      for (; tried < (service === secret ? 5_000 : 10_000); tried += 1) {
        const forged = tamper(token, other);
        if (forged !== token && forged !== other && (await isAccepted(service, forged))) accepted.push(forged);
      }
    }
    const { token: refresh } = secret.createRefreshToken(SESSION);
    const { token: otherRefresh } = secret.createRefreshToken(randomUUID());
    for (; tried < 20_000; tried += 1) {
      const forged = tamper(refresh, otherRefresh);
      if (forged !== refresh && forged !== otherRefresh && secret.sessionOf(forged) !== null) accepted.push(forged);
    }
    expect([tried, accepted]).toEqual([20_000, []]);
  });
});
