import { Readable } from 'node:stream';
import { Parser } from 'htmlparser2';
import { decodeText, readBody } from './web-body.js';
import type { WebClient } from './web-client.js';
import { WebError } from './web.error.js';

/** The protocol allows 50 MB; what is larger is not worth an organization's time. https://www.sitemaps.org/protocol.html */
const MAX_BYTES = 10 * 1_024 * 1_024;
const MAX_FILES = 20;
const MAX_DEPTH = 2;

/** What is wanted of sitemaps. */
export interface SitemapOptions {
  readonly signal: AbortSignal;
  readonly maxUrls: number;
  /** Whether a file may be asked: by robots.txt, and of this site. */
  readonly mayRead: (url: string) => boolean;
}

/** A file that could not be read, and why: a code WEB_…, `HTTP_404`, or `SITEMAP_MALFORMED`. */
export interface SitemapProblem {
  readonly url: string;
  readonly code: string;
}

export interface SitemapResult {
  /** In their order, once each. */
  readonly urls: readonly string[];
  readonly problems: readonly SitemapProblem[];
  /** How many files were read. */
  readonly files: number;
}

/** What one file names. */
interface SitemapFile {
  readonly pages: string[];
  readonly sitemaps: string[];
}

/** Reads sitemaps, also compressed ones and those that an index names, up to the limits. */
export async function readSitemaps(
  web: Pick<WebClient, 'fetch'>,
  starts: readonly string[],
  options: SitemapOptions,
): Promise<SitemapResult> {
  const urls = new Set<string>();
  const problems: SitemapProblem[] = [];
  const waiting = starts.map((url) => ({ url, depth: 0 }));
  const seen = new Set(starts);
  let files = 0;
  for (let next = waiting.shift(); next && files < MAX_FILES && urls.size < options.maxUrls; next = waiting.shift()) {
    const { url, depth } = next;
    if (!options.mayRead(url)) continue;
    files += 1;
    const found = await load(web, url, options);
    if ('code' in found) problems.push(found);
    else {
      for (const page of found.pages.slice(0, options.maxUrls - urls.size)) urls.add(page);
      const children = depth < MAX_DEPTH ? found.sitemaps.filter((child) => !seen.has(child)) : [];
      waiting.push(...[...new Set(children)].map((child) => ({ url: child, depth: depth + 1 })));
      for (const child of children) seen.add(child);
    }
  }
  return { urls: [...urls], problems, files };
}

async function load(
  web: Pick<WebClient, 'fetch'>,
  url: string,
  { signal, maxUrls }: SitemapOptions,
): Promise<SitemapFile | SitemapProblem> {
  try {
    return parseSitemap(await loadText(web, url, signal), maxUrls);
  } catch (error) {
    if (!(error instanceof WebError || error instanceof SitemapError)) throw error;
    return { url, code: error.code };
  }
}

class SitemapError extends Error {
  constructor(readonly code: string) {
    super(`The sitemap could not be read: ${code}`);
  }
}

async function loadText(web: Pick<WebClient, 'fetch'>, url: string, signal: AbortSignal): Promise<string> {
  const answer = await web.fetch(url, { signal, maxBytes: MAX_BYTES, accept: 'application/xml,text/xml,*/*;q=0.5' });
  if (answer.status !== 200) throw new SitemapError(`HTTP_${answer.status}`);
  const isCompressed = answer.body[0] === 0x1f && answer.body[1] === 0x8b;
  if (!isCompressed) return answer.text();
  try {
    const limit = { maxBytes: MAX_BYTES, truncates: false };
    return decodeText((await readBody(Readable.from([answer.body]), 'gzip', limit)).body, undefined);
  } catch (error) {
    throw error instanceof WebError ? error : new SitemapError('SITEMAP_MALFORMED');
  }
}

/**
 * Reads the addresses of a sitemap or of an index of sitemaps, as they come: entities beside XML's own are not known, so
 * a document cannot blow itself up.
 */
function parseSitemap(text: string, maxUrls: number): SitemapFile {
  if (!/<(?:\w+:)?(?:urlset|sitemapindex)\b/i.test(text)) throw new SitemapError('SITEMAP_MALFORMED');
  const found: SitemapFile = { pages: [], sitemaps: [] };
  const path: string[] = [];
  let address = '';
  const parser = new Parser(
    {
      onopentagname(name) {
        // What extensions have to say (image:loc, video:loc) names no pages.
        path.push(/^(?:image|video|news):/i.test(name) ? name : name.replace(/^.*:/, '').toLowerCase());
        address = '';
      },
      ontext(data) {
        if (path.at(-1) === 'loc') address += data;
      },
      onclosetag() {
        const [name, parent] = [path.pop(), path.at(-1)];
        if (name !== 'loc' || found.pages.length + found.sitemaps.length >= maxUrls) return;
        if (parent === 'url') found.pages.push(address.trim());
        if (parent === 'sitemap') found.sitemaps.push(address.trim());
      },
    },
    { xmlMode: true },
  );
  parser.end(text);
  return found;
}
