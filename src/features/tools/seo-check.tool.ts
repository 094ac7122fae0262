import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { declareTool, type InputsOf, ProvidesTool } from '../../platform/tools/tool-declaration.js';
import { Tool, type ToolRun } from '../../platform/tools/tool.js';
import { metaOf } from '../../platform/web/page.js';
import { checkPage } from './page-check.js';
import { PageReaderService } from './page-reader.service.js';

const SEO_CHECK = declareTool({
  name: 'seo-check',
  description:
    'Checks one page of the public web for what keeps search engines from showing it well, and gives a score.',
  access: 'MEMBER',
  keyScope: 'tools:write',
  inputs: {
    url: z
      .url({ protocol: /^https?$/ })
      .max(2_048)
      .describe('Address of the page.'),
  },
});

@ProvidesTool(SEO_CHECK)
@Injectable()
export class SeoCheckTool extends Tool<InputsOf<typeof SEO_CHECK>> {
  constructor(private readonly pages: PageReaderService) {
    super();
  }

  /** @throws PAGE_DISALLOWED, PAGE_NOT_HTML, WEB_… */
  async run({ url }: InputsOf<typeof SEO_CHECK>, { signal }: ToolRun): Promise<object> {
    const page = await this.pages.open(signal).read(url);
    const { content } = page;
    return {
      url: page.url.href,
      status: page.status,
      title: content.titles[0]?.slice(0, 300) ?? null,
      description: metaOf(content, 'description')?.slice(0, 1_000) ?? null,
      ...checkPage(page),
    };
  }
}
