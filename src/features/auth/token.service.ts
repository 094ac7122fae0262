import { createHash, createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { Configuration } from '../../platform/config/configuration.js';
import { isSameSecret } from '../../platform/crypto/envelope.js';
import { type ActorClaim, Authenticator, isUuid, UnauthenticatedError } from '../../tenancy/index.js';
import { SigningKeys } from './signing-keys.js';

const ISSUER = 'bulkhead';
const TYPE = 'at+jwt';
/** Access tokens live this long; a session or membership that ends counts at once, whatever the token says. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;
// Verifying costs about as much as the rest of the door. Entries expire with their tokens.
const MAX_VERIFIED = 10_000;
const REFRESH_TOKEN_BYTES = 32;

/** A refresh token and what is stored of it. */
export interface RefreshToken {
  readonly token: string;
  readonly hash: string;
}

/**
 * Issues and verifies tokens. A token is bound to the product of the deployment. Access tokens are signed by SigningKeys,
 * refresh tokens always with JWT_SECRET: nobody else ever has to verify those, and they outlive the keys of the others.
 */
@Injectable()
export class TokenService extends Authenticator {
  private readonly verified = new LRUCache<string, ActorClaim>({
    max: MAX_VERIFIED,
    ttl: ACCESS_TOKEN_SECONDS * 1_000,
  });
  private readonly refreshKey: KeyObject;
  private readonly product: string;

  constructor(
    configuration: Configuration,
    private readonly keys: SigningKeys,
  ) {
    super();
    this.refreshKey = createSecretKey(configuration.get('JWT_SECRET'), 'utf8');
    this.product = configuration.product;
  }

  async issueAccessToken(userId: string, sessionId: string): Promise<string> {
    const { id, algorithm, key } = this.keys.current;
    return await new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: algorithm, typ: TYPE, kid: id })
      .setIssuer(ISSUER)
      .setAudience(this.product)
      .setSubject(userId)
      .setIssuedAt()
      .setExpirationTime(`${ACCESS_TOKEN_SECONDS}s`)
      .sign(key);
  }

  override async identify(authorization: string | undefined): Promise<ActorClaim> {
    const token = /^Bearer ([\w.~+/=-]{1,4096})$/i.exec(authorization ?? '')?.[1];
    if (!token) throw new UnauthenticatedError();
    const known = this.verified.get(token);
    if (known) return known;
    const { claim, expiresAt } = await this.verify(token);
    this.verified.set(token, claim, { ttl: Math.max(1, expiresAt * 1_000 - Date.now()) });
    return claim;
  }

  /** Makes a refresh token for a session: `<session id>.<secret>.<signature>`. */
  createRefreshToken(sessionId: string): RefreshToken {
    const unsigned = `${sessionId}.${randomBytes(REFRESH_TOKEN_BYTES).toString('base64url')}`;
    const token = `${unsigned}.${this.sign(unsigned)}`;
    return { token, hash: this.hashRefreshToken(token) };
  }

  /**
   * Returns the session of a refresh token that was issued here, or null.
   * @remarks Signed, so that nobody can end a log-in with a made-up token: only a real one that was used before does.
   */
  sessionOf(token: string): string | null {
    const [sessionId, secret, signature, ...rest] = token.split('.');
    if (!isUuid(sessionId) || !secret || !signature || rest.length > 0) return null;
    return isSameSecret(signature, this.sign(`${sessionId}.${secret}`)) ? sessionId : null;
  }

  hashRefreshToken(token: string): string {
    return createHash('sha256').update(token).digest('base64url');
  }

  private sign(unsigned: string): string {
    return createHmac('sha256', this.refreshKey).update(`refresh:${this.product}:${unsigned}`).digest('base64url');
  }

  private async verify(token: string): Promise<{ claim: ActorClaim; expiresAt: number }> {
    try {
      if (!isCanonical(token)) throw new Error('another spelling of the same bytes');
      const { payload } = await jwtVerify(token, ({ kid, alg }) => this.keys.require(kid, alg), {
        algorithms: this.keys.algorithms,
        issuer: ISSUER,
        audience: this.product,
        typ: TYPE,
        requiredClaims: ['sub', 'sid', 'exp', 'iat'],
      });
      const { sub, sid, exp } = payload as { sub?: unknown; sid?: unknown; exp?: number };
      if (!isUuid(sub) || !isUuid(sid) || exp === undefined) throw new Error('malformed claims');
      return {
        claim: Object.freeze({ actor: Object.freeze({ type: 'user', id: sub }), sessionId: sid }),
        expiresAt: exp,
      };
    } catch {
      throw new UnauthenticatedError('The access token is not valid or has expired. Refresh it or log in again.');
    }
  }
}

/** Base64url has bits to spare in its last character: one token, one spelling, or a changed one would still pass. */
function isCanonical(token: string): boolean {
  return token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}
