import { Injectable } from '@nestjs/common';
import type { Secrets } from '../credentials/renewal.types.js';
import { GoogleClient } from './google.client.js';
import { ProviderProblem } from './provider-problem.js';

/** Google Analytics 4, by its Data API. */
@Injectable()
export class GoogleAnalyticsClient extends GoogleClient {
  readonly provider = 'GOOGLE_ANALYTICS';
  protected readonly scope = 'https://www.googleapis.com/auth/analytics.readonly';

  /** Reads the name of the property's metadata, which is a few bytes; all of it would be hundreds of kilobytes. */
  async probe(secret: Secrets, property: string | null, signal: AbortSignal): Promise<undefined> {
    if (property === null) throw new ProviderProblem('untestable', 'PROPERTY_MISSING');
    const id = property.trim().replace(/^properties\//, '');
    if (!/^\d{1,20}$/.test(id)) throw new ProviderProblem('misconfigured', 'PROPERTY_UNKNOWN');
    const base = this.configuration.get('GOOGLE_ANALYTICS_DATA_URL');
    const url = new URL(`${base}/v1beta/properties/${id}/metadata?fields=name`);
    await this.http.call({ family: 'google', name: 'analytics-metadata', url, bearer: this.tokenOf(secret), signal });
  }
}
