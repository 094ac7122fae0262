import { Parser } from 'htmlparser2';
import { PageHandler } from './page-handler.js';
import type { PageContent } from './page.types.js';

const CHUNK = 65_536;
/** A page that takes longer was made to: it must not keep the process from its other work. */
const MAX_MS = 1_500;

/**
 * Reads an HTML page, without running it. In one pass, in time and memory that grow with its length alone, and bounded in
 * what is kept of it: see the decision on reading the web.
 */
export function readPage(html: string, url: URL): PageContent {
  const handler = new PageHandler(url);
  const parser = new Parser(handler, { decodeEntities: true });
  const deadline = performance.now() + MAX_MS;
  for (let start = 0; start < html.length && performance.now() < deadline; start += CHUNK) {
    parser.write(html.slice(start, start + CHUNK));
  }
  parser.end();
  return handler.toContent();
}

/** The content of the first meta of this name, or null. */
export function metaOf(page: Pick<PageContent, 'metas'>, name: string): string | null {
  return page.metas.find((meta) => meta.name === name)?.content ?? null;
}
