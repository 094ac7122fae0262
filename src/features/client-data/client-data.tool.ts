import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { declareTool, type InputsOf, ProvidesTool } from '../../platform/tools/tool-declaration.js';
import { Tool } from '../../platform/tools/tool.js';
import { ClientDataService } from './client-data.service.js';

const CLIENT_DATA = declareTool({
  name: 'client-data',
  description:
    'Returns what is known of a client: name, site, competitors, business objectives, target audience, SEO projects and ' +
    'targeted keywords. No credentials.',
  access: 'MEMBER',
  keyScope: 'clients:read',
  inputs: { clientId: z.uuid().toLowerCase().describe('Id of the client.') },
});

/** A client's data without its credentials: those are not even opened for it. */
@ProvidesTool(CLIENT_DATA)
@Injectable()
export class ClientDataTool extends Tool<InputsOf<typeof CLIENT_DATA>> {
  constructor(private readonly data: ClientDataService) {
    super();
  }

  /** @throws CLIENT_NOT_FOUND */
  async run({ clientId }: InputsOf<typeof CLIENT_DATA>): Promise<object> {
    const fields = ['seoProjects', 'targetedKeywords'] as const;
    const { client, seoProjects, targetedKeywords } = await this.data.getClientData(clientId, { fields });
    const { id, name, websiteUrl, competitors, businessObjectives, targetAudience } = client;
    return {
      ...{ id, name, websiteUrl, competitors, businessObjectives, targetAudience, targetedKeywords },
      seoProjects: seoProjects.map((project) => ({
        id: project.id,
        name: project.name,
        description: project.description,
        keywords: project.keywords.map(({ term, targetUrl }) => ({ term, targetUrl })),
      })),
    };
  }
}
