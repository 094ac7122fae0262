import { Injectable } from '@nestjs/common';
import type { Secrets } from '../credentials/renewal.types.js';
import { GoogleClient } from './google.client.js';
import { ProviderProblem } from './provider-problem.js';

/** Google Search Console. */
@Injectable()
export class SearchConsoleClient extends GoogleClient {
  readonly provider = 'SEARCH_CONSOLE';
  protected readonly scope = 'https://www.googleapis.com/auth/webmasters.readonly';

  /** Asks for the account's permission on the site; for its list of sites, as long as no site is named. */
  async probe(secret: Secrets, property: string | null, signal: AbortSignal): Promise<undefined> {
    const site = property?.trim();
    if (site !== undefined && !/^(?:https?:\/\/|sc-domain:)\S+$/.test(site))
      throw new ProviderProblem('misconfigured', 'PROPERTY_UNKNOWN');
    const base = `${this.configuration.get('GOOGLE_SEARCH_CONSOLE_URL')}/webmasters/v3/sites`;
    const url = new URL(site === undefined ? base : `${base}/${encodeURIComponent(site)}`);
    const name = site === undefined ? 'search-console-sites' : 'search-console-site';
    const answer = await this.http.call({ family: 'google', name, url, bearer: this.tokenOf(secret), signal });
    if (answer['permissionLevel'] === 'siteUnverifiedUser')
      throw new ProviderProblem('forbidden', 'PROPERTY_UNVERIFIED');
  }
}
