import { createHash, createPublicKey, type KeyObject, webcrypto } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import type { Configuration } from '../../platform/config/configuration.js';

/** A key by which tokens are verified, and the one algorithm that it is for: a token does not choose. */
export interface VerificationKey {
  readonly algorithm: 'HS256' | 'EdDSA' | 'ES256';
  readonly key: KeyObject | webcrypto.CryptoKey;
}

/** The key that signs. */
export interface SigningKey extends VerificationKey {
  readonly id: string;
}

/** A public key as others read it (RFC 7517). */
export interface PublicJwk {
  readonly kid: string;
  readonly kty: string;
  readonly use: 'sig';
  readonly alg: 'EdDSA' | 'ES256';
  readonly crv: string;
  readonly x: string;
  readonly y?: string;
}

/**
 * The keys of access tokens: a pair when JWT_PRIVATE_KEY is set, together with the public halves of former pairs; else
 * JWT_SECRET alone. Never both kinds at once, so that nobody can sign with a public key.
 */
export class SigningKeys {
  private constructor(
    readonly current: SigningKey,
    private readonly known: ReadonlyMap<string, VerificationKey>,
    /** What anybody may verify with; empty when the key is a secret. */
    readonly published: readonly PublicJwk[],
  ) {}

  static async load(configuration: Configuration): Promise<SigningKeys> {
    const privateKey = configuration.get('JWT_PRIVATE_KEY');
    if (privateKey === undefined) return await this.ofSecret(configuration.get('JWT_SECRET'));
    const publicKeys = [createPublicKey(privateKey), ...configuration.get('JWT_PREVIOUS_PUBLIC_KEYS')];
    const keys = await Promise.all(publicKeys.map(async (key) => ({ key, jwk: await toJwk(key) })));
    const known = keys.map(({ key, jwk }) => [jwk.kid, { algorithm: jwk.alg, key }] as const);
    const [own] = keys.map(({ jwk }) => jwk) as [PublicJwk];
    const current = { id: own.kid, algorithm: own.alg, key: privateKey };
    return new SigningKeys(
      current,
      new Map(known),
      keys.map(({ jwk }) => jwk),
    );
  }

  private static async ofSecret(secret: string): Promise<SigningKeys> {
    const bytes = Buffer.from(secret, 'utf8');
    const id = createHash('sha256').update(bytes).digest('base64url').slice(0, 8);
    // Imported once; jose would do it again for each token.
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const key = await webcrypto.subtle.importKey('raw', bytes, algorithm, false, ['sign', 'verify']);
    const current: SigningKey = { id, algorithm: 'HS256', key };
    return new SigningKeys(current, new Map([[id, current]]), []);
  }

  /** The algorithms of all keys. */
  get algorithms(): string[] {
    return [...new Set([...this.known.values()].map(({ algorithm }) => algorithm))];
  }

  /** @throws Error if there is no such key, or it is for another algorithm. */
  require(id: string | undefined, algorithm: string | undefined): VerificationKey['key'] {
    const found = this.known.get(id ?? '');
    if (!found || found.algorithm !== algorithm) throw new Error('no key for this token');
    return found.key;
  }
}

function algorithmOf(key: KeyObject): 'EdDSA' | 'ES256' {
  return key.asymmetricKeyType === 'ed25519' ? 'EdDSA' : 'ES256';
}

async function toJwk(key: KeyObject): Promise<PublicJwk> {
  const { kty, crv, x, y } = key.export({ format: 'jwk' }) as Required<JWK>;
  const jwk = { kty, crv, x, ...(y && { y }) };
  return { kid: await calculateJwkThumbprint(jwk), ...jwk, use: 'sig', alg: algorithmOf(key) };
}
