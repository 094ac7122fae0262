import { Injectable } from '@nestjs/common';
import type { ClientDataField, ClientData } from '../client-data/client-data.types.js';
import { ClientDataService } from '../client-data/client-data.service.js';
import { clientWithoutWebsite, pageOfAnotherSite } from './site-page.errors.js';
import { Site } from './site.js';

/** Knows which site is a client's. What is read of the client goes the one way to client data, and so on record. */
@Injectable()
export class ClientSiteService {
  constructor(private readonly clients: ClientDataService) {}

  /**
   * Returns the address of a client's site.
   * @param pageUrl - must be a page of it
   * @throws CLIENT_NOT_FOUND, CLIENT_WITHOUT_WEBSITE, PAGE_OF_ANOTHER_SITE
   */
  async require(clientId: string, pageUrl?: string): Promise<string> {
    return (await this.load(clientId, [], pageUrl)).websiteUrl;
  }

  /** Returns the same with what else is known of the client. @throws as {@link require} */
  async load<Field extends ClientDataField>(
    clientId: string,
    fields: readonly Field[],
    pageUrl?: string,
  ): Promise<Pick<ClientData, 'client' | Field> & { readonly websiteUrl: string }> {
    const data = await this.clients.getClientData(clientId, { fields });
    const { websiteUrl } = data.client;
    if (websiteUrl === null || !URL.canParse(websiteUrl)) throw clientWithoutWebsite();
    if (pageUrl !== undefined && !new Site(websiteUrl).has(pageUrl)) throw pageOfAnotherSite();
    return { ...data, websiteUrl };
  }
}
