import { Injectable } from '@nestjs/common';
import { Configuration } from '../../platform/config/configuration.js';
import { type ActorClaim, Authenticator } from '../../tenancy/index.js';
import { TokenService } from '../auth/token.service.js';
import { apiKeyInvalid } from '../memberships/key-access.service.js';
import { digestOf, KEY_MARK, readKey } from './api-key.format.js';

/** Tells by its form what a request presents: an API key or an access token. */
@Injectable()
export class BearerAuthenticator extends Authenticator {
  private readonly product: string;

  constructor(
    private readonly tokens: TokenService,
    configuration: Configuration,
  ) {
    super();
    this.product = configuration.product;
  }

  override async identify(authorization: string | undefined): Promise<ActorClaim> {
    const key = /^bearer (\S{1,400})$/i.exec(authorization ?? '')?.[1];
    if (!key?.startsWith(KEY_MARK)) return await this.tokens.identify(authorization);
    const identity = readKey(key);
    if (identity?.product !== this.product) throw apiKeyInvalid();
    const { keyId: id, userId } = identity;
    return { actor: { type: 'apiKey', id, userId }, sessionId: null, keyDigest: digestOf(key) };
  }
}
