import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { AppError } from '../../platform/errors/app-error.js';
import { rankByRelevance } from '../../platform/text/relevance.js';
import { PageReaderService, type PageReading, type ReadPage } from '../tools/page-reader.service.js';
import { researchUnreadable, researchWithoutSources } from './research.errors.js';
import { findKeywords, type SourceText, toPassages } from './passages.js';
import type { ReportSource, Subject } from './research.types.js';

/** Where to read. */
export interface Reading {
  readonly subject: Subject;
  /** Named by whoever asked; none: the sites are looked through. */
  readonly pages: readonly string[];
  readonly sites: readonly string[];
  readonly signal: AbortSignal;
  /** Called with the share that is done, 0 to 1. */
  readonly onProgress: (share: number) => Promise<void>;
}

/** What was read. Texts are of the sources that could be. */
export interface Read {
  readonly sources: readonly ReportSource[];
  readonly texts: readonly SourceText[];
}

/** A page that was tried. */
type Tried = { readonly url: string } & ({ readonly page: ReadPage } | { readonly failure: AppError });

const AT_ONCE = 3;
const MAX_SITES = 8;
const MAX_PAGES_PER_SITE = 3;
const MAX_TITLE = 300;
const NO_PAGE = /\.(?:pdf|jpe?g|png|gif|webp|svg|zip|mp4|docx?|xlsx?|css|js|xml)$/i;

/** Reads the pages of a report: those that were named, or those of the sites that seem to be about the subject. */
@Injectable()
export class SourceReader {
  constructor(private readonly pages: PageReaderService) {}

  /** @throws RESEARCH_WITHOUT_SOURCES, RESEARCH_UNREADABLE; what the signal was aborted with */
  async read(reading: Reading): Promise<Read> {
    const { pages, sites, subject, signal, onProgress } = reading;
    const session = this.pages.open(signal);
    const starts = [...new Set(pages.length > 0 ? pages : sites)].slice(0, pages.length > 0 ? undefined : MAX_SITES);
    if (starts.length === 0) throw researchWithoutSources();
    const first = await tryAll(session, starts, signal, (share) => onProgress(pages.length > 0 ? share : share / 2));
    const further = pages.length > 0 ? [] : choosePages(first, subject);
    const second = await tryAll(session, further, signal, (share) => onProgress(0.5 + share / 2));
    const tried = withoutDoubles([...first, ...second]);
    if (!tried.some(isRead)) throw researchUnreadable(tried.map((one) => ('failure' in one ? one.failure.code : '')));
    return toRead(tried, subject);
  }
}

async function tryAll(
  session: PageReading,
  urls: readonly string[],
  signal: AbortSignal,
  onProgress: Reading['onProgress'],
): Promise<Tried[]> {
  const limit = pLimit(AT_ONCE);
  let done = 0;
  return await limit.map(urls, async (url) => {
    const tried = await tryOne(session, url, signal);
    done += 1;
    await onProgress(done / urls.length);
    return tried;
  });
}

async function tryOne(session: PageReading, url: string, signal: AbortSignal): Promise<Tried> {
  try {
    signal.throwIfAborted();
    const page = await session.read(url);
    return page.status < 400 ? { url, page } : { url, failure: pageFailed(page.status) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AppError) return { url, failure: error };
    throw error;
  }
}

/** The links of each site's first page that speak most of the subject. */
function choosePages(tried: readonly Tried[], { question, keywords, clientName }: Subject): string[] {
  const query = [question ?? '', ...keywords].join(' ').trim() || clientName;
  return tried.filter(isRead).flatMap(({ page: { url, content } }) => {
    const inSite = content.links.filter((link) => isPageOf(link.url, url));
    const links = [...new Map(inSite.map((link) => [link.url, link])).values()];
    const ranked = rankByRelevance(
      links.map((link) => `${link.text} ${decodePath(link.url)}`),
      query,
    );
    return ranked.slice(0, MAX_PAGES_PER_SITE).map(({ index }) => links[index]?.url ?? url.href);
  });
}

function isPageOf(address: string, site: URL): boolean {
  if (!URL.canParse(address)) return false;
  const { origin, href, pathname } = new URL(address);
  return origin === site.origin && href !== site.href && !NO_PAGE.test(pathname);
}

function decodePath(address: string): string {
  const { pathname } = new URL(address);
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}

/** Two addresses may lead to the same page. */
function withoutDoubles(tried: readonly Tried[]): Tried[] {
  const seen = new Set<string>();
  return tried.filter((one) => {
    const key = isRead(one) ? one.page.url.href : one.url;
    return !seen.has(key) && seen.add(key);
  });
}

function toRead(tried: readonly Tried[], { keywords }: Subject): Read {
  const sources = tried.map((one): ReportSource => {
    if (!isRead(one)) {
      const { code, message } = one.failure;
      return { url: one.url, title: null, failure: { code, message }, words: 0, keywords: [] };
    }
    const { url, content } = one.page;
    const title = content.titles[0]?.slice(0, MAX_TITLE) ?? null;
    const words = content.text.split(/\s+/).filter(Boolean).length;
    return { url: url.href, title, failure: null, words, keywords: findKeywords(content.text, keywords) };
  });
  const texts = tried.flatMap((one, index) =>
    isRead(one) ? [{ number: index + 1, passages: toPassages(one.page.content) }] : [],
  );
  return { sources, texts };
}

function isRead(tried: Tried): tried is Tried & { readonly page: ReadPage } {
  return 'page' in tried;
}

function pageFailed(status: number): AppError {
  return new AppError('PAGE_FAILED', 'unprocessable', `The page answers with ${status}.`);
}
