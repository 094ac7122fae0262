import { Injectable } from '@nestjs/common';
import { Configuration } from '../../platform/config/configuration.js';
import { type ActorClaim, Authenticator } from '../../tenancy/index.js';
import { ClerkTokenService } from '../auth/clerk-token.service.js';
import { TokenService } from '../auth/token.service.js';
import { apiKeyInvalid } from '../memberships/key-access.service.js';
import { digestOf, KEY_MARK, readKey } from './api-key.format.js';

/** Tells by its form what a request presents: an API key, a session token of Clerk, or an access token of ours. */
@Injectable()
export class BearerAuthenticator extends Authenticator {
  private readonly product: string;

  constructor(
    private readonly tokens: TokenService,
    private readonly clerk: ClerkTokenService,
    configuration: Configuration,
  ) {
    super();
    this.product = configuration.product;
  }

  override async identify(authorization: string | undefined): Promise<ActorClaim> {
    const key = /^bearer (\S{1,400})$/i.exec(authorization ?? '')?.[1];
    if (!key?.startsWith(KEY_MARK)) return await this.authenticatorOf(authorization).identify(authorization);
    const identity = readKey(key);
    if (identity?.product !== this.product) throw apiKeyInvalid();
    const { keyId: id, userId } = identity;
    return { actor: { type: 'apiKey', id, userId }, sessionId: null, keyDigest: digestOf(key) };
  }

  private authenticatorOf(authorization: string | undefined): Authenticator {
    return this.clerk.accepts(authorization?.replace(/^bearer /i, '') ?? '') ? this.clerk : this.tokens;
  }
}
