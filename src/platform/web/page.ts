import { Parser } from 'htmlparser2';
import { PageHandler } from './page-handler.js';
import type { PageContent } from './page.types.js';

/**
 * Reads an HTML page, without running it. In one pass, in time and memory that grow with its length alone, and bounded in
 * what is kept of it: see the decision on reading the web.
 */
export function readPage(html: string, url: URL): PageContent {
  const handler = new PageHandler(url);
  new Parser(handler, { decodeEntities: true }).end(html);
  return handler.toContent();
}

/** The content of the first meta of this name, or null. */
export function metaOf(page: Pick<PageContent, 'metas'>, name: string): string | null {
  return page.metas.find((meta) => meta.name === name)?.content ?? null;
}
