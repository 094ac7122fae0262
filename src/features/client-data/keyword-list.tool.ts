import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { declareTool, type InputsOf, ProvidesTool } from '../../platform/tools/tool-declaration.js';
import { Tool } from '../../platform/tools/tool.js';
import { ClientDataService } from './client-data.service.js';

const KEYWORD_LIST = declareTool({
  name: 'keyword-list',
  description: 'Returns the keywords by which a client wants to be found, each once, in the order of its SEO projects.',
  access: 'MEMBER',
  keyScope: 'clients:read',
  inputs: {
    clientId: z.uuid().toLowerCase().describe('Id of the client.'),
    limit: z.int().min(1).max(500).default(100).describe('How many at most.'),
  },
});

@ProvidesTool(KEYWORD_LIST)
@Injectable()
export class KeywordListTool extends Tool<InputsOf<typeof KEYWORD_LIST>> {
  constructor(private readonly data: ClientDataService) {
    super();
  }

  /** @throws CLIENT_NOT_FOUND */
  async run({ clientId, limit }: InputsOf<typeof KEYWORD_LIST>): Promise<object> {
    const { targetedKeywords } = await this.data.getClientData(clientId, { fields: ['targetedKeywords'] });
    return { keywords: targetedKeywords.slice(0, limit), count: targetedKeywords.length };
  }
}
