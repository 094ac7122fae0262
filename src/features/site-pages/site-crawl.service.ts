import { Injectable } from '@nestjs/common';
import { Configuration } from '../../platform/config/configuration.js';
import { WebClient } from '../../platform/web/web-client.js';
import { SiteCrawl } from './site-crawl.js';
import type { CheckedAddress, CrawlOptions, CrawlReport, VisitPage } from './site-page.types.js';
import { type AddressCheckOptions, checkAddresses } from './address-check.js';

/** Reads the sites of clients: politely, within limits, and never further than the public web. */
@Injectable()
export class SiteCrawlService {
  private readonly delayMs: number;

  constructor(
    private readonly web: WebClient,
    configuration: Configuration,
  ) {
    this.delayMs = configuration.get('WEB_CRAWL_DELAY_MS');
  }

  /**
   * Reads a site from its start page through sitemap and links, and hands each page to `visit`.
   * @throws SITE_UNREADABLE if the start page cannot be read; what the signal was aborted with
   */
  async crawl(options: CrawlOptions, visit: VisitPage): Promise<CrawlReport> {
    return await new SiteCrawl(this.web, this.delayMs, options, visit).run();
  }

  /** Asks whether addresses are there, without reading them. */
  async check(addresses: readonly string[], options: AddressCheckOptions): Promise<Map<string, CheckedAddress>> {
    return await checkAddresses(this.web, this.delayMs, addresses, options);
  }
}
