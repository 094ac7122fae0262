import { generateKeyPairSync, type KeyObject, randomInt } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { buildUser, type BuiltUser } from '../support/builders.js';
import { BearerClient, expectUnauthenticated } from '../support/open-api-bearer.js';
import { TestApp } from '../support/test-app.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const former = generateKeyPairSync('ed25519');
const current = generateKeyPairSync('ed25519');

const pemOf = (key: KeyObject) =>
  key.export({ format: 'pem', type: key.type === 'private' ? 'pkcs8' : 'spki' }) as string;

async function startWith(environment: NodeJS.ProcessEnv): Promise<{ app: TestApp; client: BearerClient }> {
  const app = await TestApp.start({ environment });
  return { app, client: new BearerClient(app.url) };
}

/** Three processes at different moments of a change of keys, on one database. */
let before: Awaited<ReturnType<typeof startWith>>;
let during: typeof before;
let after: typeof before;

beforeAll(async () => {
  before = await startWith({ JWT_PRIVATE_KEY: pemOf(former.privateKey) });
  const next = { JWT_PRIVATE_KEY: pemOf(current.privateKey) };
  during = await startWith({ ...next, JWT_PREVIOUS_PUBLIC_KEYS: pemOf(former.publicKey) });
  after = await startWith(next);
});
afterAll(async () => {
  for (const { app, client } of [before, during, after]) {
    client.close();
    await app.stop();
  }
});

const keysOf = async ({ app }: typeof before) =>
  (await app.http().get('/api/v1/auth/keys').expect(200)).body as JSONWebKeySet;

describe('a change of keys', () => {
  it('leaves tokens of the former key valid while it is known, and no longer', async () => {
    const user = await buildUser(before.app);
    expect((await before.client.bear(user.accessToken)).status).toBe(200);
    expect((await during.client.bear(user.accessToken)).status).toBe(200);
    expectUnauthenticated(await after.client.bear(user.accessToken), 'of a key that was forgotten');
  });

  it('logs nobody out: refresh tokens outlive it', async () => {
    const user = await buildUser(before.app);
    const { status, body } = await after.client.refresh(user.refreshToken);
    expect(status).toBe(200);
    const { accessToken } = body as BuiltUser;
    expect((await after.client.bear(accessToken)).status).toBe(200);
    expect((await during.client.bear(accessToken)).status).toBe(200);
    expectUnauthenticated(await before.client.bear(accessToken), 'of a key that is not known yet');
  });

  it('is visible in the published keys, by which others verify tokens', async () => {
    const [own, both, last] = [await keysOf(before), await keysOf(during), await keysOf(after)];
    expect(both.keys.map(({ kid }) => kid)).toEqual([last.keys[0]?.kid, own.keys[0]?.kid]);
    const user = await buildUser(before.app);
    const { payload } = await jwtVerify(user.accessToken, createLocalJWKSet(both), { audience: 'bestays' });
    expect(payload.sub).toBe(user.user.id);
    expect(JSON.stringify(both)).not.toContain('"d"');
  });

  it('publishes nothing where tokens are signed with a secret', async () => {
    const plain = await startWith({});
    expect(await keysOf(plain)).toEqual({ keys: [] });
    plain.client.close();
    await plain.app.stop();
  });
});

describe('tampered tokens over HTTP', () => {
  const changed = (token: string) => {
    const place = randomInt(token.length);
    const other = ALPHABET.replace(token[place] ?? '', '');
    return token.slice(0, place) + other[randomInt(other.length)] + token.slice(place + 1);
  };

  it('R7 are refused, 200 access tokens and 200 refresh tokens, and the log-in stays', async () => {
    const user = await buildUser(during.app);
    for (let number = 0; number < 200; number += 1) {
      expectUnauthenticated(await during.client.bear(changed(user.accessToken)), 'access token');
      const refused = await during.client.refresh(changed(user.refreshToken));
      expect(refused).toMatchObject({ status: 401, body: { code: 'REFRESH_TOKEN_INVALID' } });
    }
    expect((await during.client.bear(user.accessToken)).status).toBe(200);
    expect((await during.client.refresh(user.refreshToken)).status).toBe(200);
  });
});
