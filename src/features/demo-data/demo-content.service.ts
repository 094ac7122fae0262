import { Injectable } from '@nestjs/common';
import { OrganizationContextService } from '../../tenancy/index.js';
import { BusinessService } from '../businesses/business.service.js';
import { ClientCredentialService } from '../client-data/client-credential.service.js';
import { ClientService } from '../client-data/client.service.js';
import { SeoProjectService } from '../client-data/seo-project.service.js';
import { IntegrationService } from '../integrations/integration.service.js';
import { DEMO_BUSINESSES, DEMO_CLIENTS, DEMO_KEYWORDS, DEMO_ORGANIZATIONS } from './demo-content.js';

// Less than a page; nobody goes on from there.
const EVERYTHING = { product: '', limit: 100, sort: 'name', includeInactive: true } as const;

/** Businesses, integrations and clients of the demo organizations, written through the same services as by HTTP. */
@Injectable()
export class DemoContentService {
  constructor(
    private readonly contexts: OrganizationContextService,
    private readonly businesses: BusinessService,
    private readonly integrations: IntegrationService,
    private readonly clients: ClientService,
    private readonly credentials: ClientCredentialService,
    private readonly projects: SeoProjectService,
  ) {}

  async createAll(): Promise<void> {
    for (const { slug, name } of DEMO_ORGANIZATIONS) {
      await this.contexts.withOrganization(slug, async () => {
        await this.createBusinesses(name);
        for (const client of await this.missing(DEMO_CLIENTS, this.clients)) await this.createClient(client, slug);
      });
    }
  }

  private async createBusinesses(organization: string): Promise<void> {
    for (const name of await this.missing(DEMO_BUSINESSES, this.businesses)) {
      await this.businesses.create({ name, description: `${name} of ${organization}` });
    }
    const [business] = (await this.businesses.list(EVERYTHING)).data;
    const existing = await this.integrations.list({ ...EVERYTHING });
    if (!business || existing.data.length > 0) return;
    await this.integrations.create({
      businessId: business.id,
      type: 'FACEBOOK_PAGE',
      name: `${organization} on Facebook`,
      settings: { auto_reply: true, webhook_enabled: true },
      facebookPage: {
        pageId: '123456789',
        pageName: organization,
        pageCategory: 'E-commerce',
        pageUrl: `https://facebook.com/${organization.toLowerCase()}`,
        accessToken: 'demo-access-token',
        pageAccessToken: 'demo-page-access-token',
      },
    });
  }

  private async createClient(name: string, organization: string): Promise<void> {
    const host = `${name.toLowerCase().replaceAll(' ', '-')}.${organization}.test`;
    const client = await this.clients.create({
      name,
      websiteUrl: `https://${host}`,
      businessObjectives: 'More direct bookings, fewer through portals.',
      targetAudience: 'Couples and families within two hours’ drive.',
    });
    const secrets = { refreshToken: 'demo-refresh-token', clientId: 'demo-client', clientSecret: 'demo-client-secret' };
    await this.credentials.put(client.id, 'google-analytics', { propertyId: '987654321', secrets });
    await this.credentials.put(client.id, 'search-console', { propertyUrl: `sc-domain:${host}`, secrets });
    const project = await this.projects.create(client.id, { name: 'Be found' });
    for (const term of DEMO_KEYWORDS) await this.projects.addKeyword(project.id, { term });
  }

  private async missing(
    names: readonly string[],
    service: { list(query: typeof EVERYTHING): Promise<{ data: { name: string }[] }> },
  ): Promise<string[]> {
    const existing = (await service.list(EVERYTHING)).data.map(({ name }) => name);
    return names.filter((name) => !existing.includes(name));
  }
}
