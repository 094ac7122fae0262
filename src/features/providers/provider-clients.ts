import { Injectable } from '@nestjs/common';
import type { RenewableProvider } from '../credentials/renewal.types.js';
import { FacebookPageClient } from './facebook-page.client.js';
import { GoogleAnalyticsClient } from './google-analytics.client.js';
import type { ProviderClient } from './provider.types.js';
import { SearchConsoleClient } from './search-console.client.js';

/** The only list of providers that are talked to. */
@Injectable()
export class ProviderClients {
  private readonly clients: Readonly<Record<RenewableProvider, ProviderClient>>;

  constructor(analytics: GoogleAnalyticsClient, searchConsole: SearchConsoleClient, pages: FacebookPageClient) {
    this.clients = { GOOGLE_ANALYTICS: analytics, SEARCH_CONSOLE: searchConsole, FACEBOOK_PAGE: pages };
  }

  of(provider: RenewableProvider): ProviderClient {
    return this.clients[provider];
  }
}
