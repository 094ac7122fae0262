import { Injectable } from '@nestjs/common';
import { Configuration } from '../../platform/config/configuration.js';
import type { RenewableProvider, RenewableSecret, Secrets } from '../credentials/renewal.types.js';
import { GoogleTokenClient } from './google-token.client.js';
import { ProviderHttp } from './provider-http.js';
import type { ProviderClient, Renewal, RenewalNeed } from './provider.types.js';

/** What Google's services have in common: how one gets in. Injectable, for its subclasses inherit the constructor. */
@Injectable()
export abstract class GoogleClient implements ProviderClient {
  abstract readonly provider: RenewableProvider;
  /** The least that the probe needs. */
  protected abstract readonly scope: string;

  constructor(
    protected readonly configuration: Configuration,
    private readonly tokens: GoogleTokenClient,
    protected readonly http: ProviderHttp,
  ) {}

  abstract probe(secret: Secrets, property: string | null, signal: AbortSignal): Promise<undefined>;

  isRenewable(secret: Secrets): boolean {
    return this.tokens.isRenewable(secret);
  }

  needsRenewal({ secrets }: RenewableSecret & { readonly secrets: Secrets }, now: Date): RenewalNeed {
    return this.tokens.needsRenewal(secrets, now) ? 'now' : 'no';
  }

  tokenOf(secret: Secrets): string {
    return this.tokens.tokenOf(secret);
  }

  async renew(secret: Secrets, _property: string | null, signal: AbortSignal): Promise<Renewal> {
    return await this.tokens.renew(secret, this.scope, signal);
  }
}
