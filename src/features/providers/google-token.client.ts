import { Injectable } from '@nestjs/common';
import { importPKCS8, SignJWT } from 'jose';
import { Configuration } from '../../platform/config/configuration.js';
import type { Secrets } from '../credentials/renewal.types.js';
import { type GoogleGrant, readGoogleSecret } from './google-secret.js';
import { ProviderHttp } from './provider-http.js';
import { ProviderProblem } from './provider-problem.js';
import type { Renewal } from './provider.types.js';

const ASSERTION_SECONDS = 3_600;
/** A token that ends while it is on its way is of no use. */
const MARGIN_MS = 60_000;
const DEFAULT_LIFETIME_MS = 3_600_000;

/**
 * Gets access tokens from Google: for a refresh token, or for a service account's signed assertion (RFC 7523).
 * @remarks The address is ours alone: the `token_uri` of a key file could be anybody's.
 * @see docs/decisions/2026-11-26-provider-calls.md
 */
@Injectable()
export class GoogleTokenClient {
  private readonly url: URL;

  constructor(
    configuration: Configuration,
    private readonly http: ProviderHttp,
  ) {
    this.url = new URL(`${configuration.get('GOOGLE_OAUTH_URL')}/token`);
  }

  isRenewable(secret: Secrets): boolean {
    return readGoogleSecret(secret).grant !== null;
  }

  needsRenewal(secret: Secrets, now: Date): boolean {
    const { grant, accessToken, accessTokenExpiresAt } = readGoogleSecret(secret);
    if (grant === null) return false;
    return !accessToken || !accessTokenExpiresAt || accessTokenExpiresAt.getTime() - now.getTime() < MARGIN_MS;
  }

  tokenOf(secret: Secrets): string {
    const { accessToken } = readGoogleSecret(secret);
    if (!accessToken) throw new ProviderProblem('untestable', 'SECRET_INCOMPLETE');
    return accessToken;
  }

  async renew(secret: Secrets, scope: string, signal: AbortSignal): Promise<Renewal> {
    const { grant } = readGoogleSecret(secret);
    if (grant === null) throw new ProviderProblem('untestable', 'SECRET_INCOMPLETE');
    const name = grant.kind === 'user' ? 'token' : 'service-account-token';
    const form = await this.toForm(grant, scope);
    const answer = await this.http.call({ family: 'google', name, url: this.url, form, signal });
    const accessToken = answer['access_token'];
    if (!isFilled(accessToken)) throw new ProviderProblem('transient', 'PROVIDER_ANSWER_UNREADABLE');
    const endsAt = inSeconds(answer['expires_in']) ?? new Date(Date.now() + DEFAULT_LIFETIME_MS);
    const expiresAt = inSeconds(answer['refresh_token_expires_in']);
    return {
      secrets: {
        accessToken,
        accessTokenExpiresAt: endsAt.toISOString(),
        // An answer without one means that the old one goes on.
        ...(isFilled(answer['refresh_token']) && { refreshToken: answer['refresh_token'] }),
      },
      ...(expiresAt && { expiresAt }),
    };
  }

  private async toForm(grant: GoogleGrant, scope: string): Promise<Record<string, string>> {
    if (grant.kind === 'service-account') {
      const assertion = await this.sign(grant, scope);
      return { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
    }
    const { refreshToken, clientId, clientSecret } = grant;
    return {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: clientId,
      client_secret: clientSecret,
    };
  }

  private async sign(grant: GoogleGrant & { kind: 'service-account' }, scope: string): Promise<string> {
    try {
      const key = await importPKCS8(grant.privateKey, 'RS256');
      return await new SignJWT({ scope })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(grant.keyId && { kid: grant.keyId }) })
        .setIssuer(grant.email)
        .setAudience(this.url.href)
        .setIssuedAt()
        .setExpirationTime(`${ASSERTION_SECONDS}s`)
        .sign(key);
    } catch {
      // What the library says of it may quote the key.
      throw new ProviderProblem('misconfigured', 'PRIVATE_KEY_UNUSABLE');
    }
  }
}

function inSeconds(seconds: unknown): Date | undefined {
  const isUsable = typeof seconds === 'number' && seconds > 0 && seconds < 1e9;
  return isUsable ? new Date(Date.now() + seconds * 1_000) : undefined;
}

function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
