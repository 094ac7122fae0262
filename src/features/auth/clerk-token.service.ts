import { Injectable } from '@nestjs/common';
import { decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { v7 as uuidv7 } from 'uuid';
import { Configuration } from '../../platform/config/configuration.js';
import type { ClerkSettings } from '../../platform/config/clerk-settings.js';
import { type ActorClaim, Authenticator, UnauthenticatedError } from '../../tenancy/index.js';
import { ClerkSessionRepository } from './clerk-session.repository.js';

/** Clerk's tokens live for a minute and are made anew all the time: without it each would cost an RSA check per request. */
const MAX_VERIFIED = 10_000;
const CLOCK_TOLERANCE_SECONDS = 5;
/** Never ours, so that the two kinds cannot be taken for each other. */
const ALGORITHM = 'RS256';
const ID = /^[\w-]{1,200}$/;

/**
 * Accepts session tokens of Clerk, where CLERK_JWT_KEY is set. Its session becomes a log-in of ours at its first request:
 * from then on sessions, revocation and sockets know it like any other.
 * @see docs/decisions/2026-11-26-clerk-sessions.md
 */
@Injectable()
export class ClerkTokenService extends Authenticator {
  private readonly verified = new LRUCache<string, ActorClaim>({ max: MAX_VERIFIED, ttl: 60_000 });
  private readonly settings: ClerkSettings | null;

  constructor(
    configuration: Configuration,
    private readonly sessions: ClerkSessionRepository,
  ) {
    super();
    this.settings = configuration.clerk;
  }

  /** Tells by its form whether a token is Clerk's to answer for. */
  accepts(token: string): boolean {
    return this.settings !== null && algorithmOf(token) === ALGORITHM;
  }

  override async identify(authorization: string | undefined): Promise<ActorClaim> {
    const token = /^Bearer ([\w.~+/=-]{1,4096})$/i.exec(authorization ?? '')?.[1];
    if (!token || !this.settings) throw new UnauthenticatedError();
    const known = this.verified.get(token);
    if (known) return known;
    const { userId, sessionId, expiresAt } = await verify(token, this.settings);
    const login = await this.sessions.open(uuidv7(), userId, sessionId);
    if (!login) throw new UnauthenticatedError('This log-in has ended, or there is no account for it here yet.');
    const actor = Object.freeze({ type: 'user' as const, id: login.userId });
    const claim = Object.freeze({ actor, sessionId: login.sessionId });
    this.verified.set(token, claim, { ttl: Math.max(1, expiresAt * 1_000 - Date.now()) });
    return claim;
  }
}

async function verify(token: string, { key, issuer, authorizedParties }: ClerkSettings) {
  try {
    const { payload } = await jwtVerify<JWTPayload & { sid?: unknown; azp?: unknown; sts?: unknown }>(token, key, {
      algorithms: [ALGORITHM],
      issuer,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['sub', 'sid', 'exp', 'iat'],
    });
    const { sub, sid, azp, sts = 'active', exp } = payload;
    // Without one it was not made in a browser; with a foreign one somebody else's site got it.
    if (azp !== undefined && !(typeof azp === 'string' && authorizedParties.has(azp))) throw new Error('foreign party');
    // A log-in of which something is still to be done, e.g. a second factor.
    if (sts !== 'active') throw new Error('not completed');
    if (!isId(sub) || !isId(sid) || exp === undefined) throw new Error('malformed claims');
    return { userId: sub, sessionId: sid, expiresAt: exp };
  } catch {
    throw new UnauthenticatedError('The session token is not valid or has expired. Get a new one from Clerk.');
  }
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}

function algorithmOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).alg;
  } catch {
    return undefined;
  }
}
