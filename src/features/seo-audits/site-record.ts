import { createHash } from 'node:crypto';
import { clip } from '../../platform/web/clip.js';
import { metaOf } from '../../platform/web/page.js';
import type { PageContent } from '../../platform/web/page.types.js';
import type { CheckedAddress, CrawlReport, SitePage } from '../site-pages/site-page.types.js';
import type { PageFacts, RedirectFacts, SiteFacts, Sources } from './seo-audit.types.js';

const MAX_TARGETS = 20_000;
const MAX_SOURCES = 3;
const MAX_TEXT = 300;
const MAX_OF_A_KIND = 20;

/** Collects what the rules of an audit need while the site is read, and lets the pages themselves go. */
export class SiteRecord {
  private readonly pages = new Map<string, PageFacts>();
  private readonly failures: PageFacts[] = [];
  private readonly redirects: RedirectFacts[] = [];
  private readonly links = new Map<string, { pages: string[]; count: number }>();
  private readonly images = new Map<string, { pages: string[]; count: number }>();

  add(page: SitePage, content: PageContent | null): void {
    if (page.redirects.length > 0) this.redirects.push(toRedirect(page));
    if (content === null) {
      // What is not HTML, or leads to another site, is no failure.
      const isAnswered = page.problem === null && page.status !== null && page.status < 400;
      if (!isAnswered) this.failures.push(toFacts(page, null));
      return;
    }
    // Several addresses may lead to one page.
    if (this.pages.has(page.finalUrl)) return;
    this.pages.set(page.finalUrl, toFacts(page, content));
    for (const url of new Set(content.links.map((link) => link.url))) note(this.links, url, page.finalUrl);
    for (const url of new Set(content.images.map((image) => image.url))) note(this.images, url, page.finalUrl);
  }

  /** Addresses that were not read with the site: images, and links that lead elsewhere. */
  toCheck(limit: number): string[] {
    const read = new Set([...this.pages.keys(), ...[...this.failures, ...this.redirects].map(({ url }) => url)]);
    const { host } = new URL([...this.pages.keys()][0] ?? 'http://none');
    const isElsewhere = (url: string) => URL.canParse(url) && /^https?:/.test(url) && new URL(url).host !== host;
    const elsewhere = [...this.links.keys()].filter((url) => !read.has(url) && isElsewhere(url));
    const images = [...this.images.keys()].filter((url) => /^https?:/.test(url));
    return [...new Set([...images, ...elsewhere])].slice(0, limit);
  }

  toFacts(report: CrawlReport, checked: ReadonlyMap<string, CheckedAddress>): SiteFacts {
    const { failures, redirects, links, images } = this;
    const lists = { failures, redirects, links: links as ReadonlyMap<string, Sources>, images };
    return { startUrl: report.startUrl, report, pages: [...this.pages.values()], ...lists, checked };
  }
}

function note(index: Map<string, { pages: string[]; count: number }>, url: string, page: string): void {
  const known = index.get(url);
  if (!known && index.size >= MAX_TARGETS) return;
  const entry = known ?? { pages: [], count: 0 };
  entry.count += 1;
  if (entry.pages.length < MAX_SOURCES) entry.pages.push(page);
  index.set(url, entry);
}

function toRedirect({ url, finalUrl, redirects, problem, isListed }: SitePage): RedirectFacts {
  return {
    url,
    finalUrl,
    hops: redirects.length,
    isTemporary: redirects.some(({ status }) => status === 302 || status === 303 || status === 307),
    isDowngrade: redirects.some((step) => step.url.startsWith('https:') && step.location.startsWith('http:')),
    problem,
    isListed,
  };
}

const EMPTY: PageContent = {
  ...{ titles: [], metas: [], canonicals: [], alternates: [], headings: [], links: [], images: [] },
  ...{ structuredData: [], language: null, text: '', paragraphs: [] },
};

function toFacts(page: SitePage, content: PageContent | null): PageFacts {
  const { titles, canonicals, alternates, headings, images, structuredData, language, text } = content ?? EMPTY;
  const metas = { metas: content?.metas ?? [] };
  const robots = `${metaOf(metas, 'robots') ?? ''},${metaOf(metas, 'bulkheadbot') ?? ''},${page.robotsTag ?? ''}`;
  const isSecure = page.finalUrl.startsWith('https:');
  return {
    url: content ? page.finalUrl : page.url,
    ...{ status: page.status, problem: page.problem, isListed: page.isListed, bytes: page.bytes, language },
    titles: titles.slice(0, MAX_SOURCES).map((title) => clip(title, MAX_TEXT)),
    description: clip(metaOf(metas, 'description') ?? '', MAX_TEXT * 2) || null,
    headingLevels: headings.slice(0, MAX_OF_A_KIND * 5).map(({ level }) => level),
    hasEmptyHeading: headings.some((heading) => heading.text === ''),
    canonicals: canonicals.slice(0, MAX_SOURCES),
    alternates: alternates.slice(0, MAX_OF_A_KIND),
    isIndexable: !/\b(?:noindex|none)\b/i.test(robots),
    words: text === '' ? 0 : text.split(' ').length,
    textDigest: createHash('sha256').update(text.toLowerCase()).digest('base64url').slice(0, 16),
    imagesWithoutAlt: images
      .filter(({ alt }) => alt === null)
      .slice(0, MAX_OF_A_KIND)
      .map(({ url }) => url),
    structuredData: { count: structuredData.length, invalid: structuredData.filter(({ isValid }) => !isValid).length },
    hasViewport: metaOf(metas, 'viewport') !== null,
    hasOpenGraph: metaOf(metas, 'og:title') !== null,
    hasRefresh: metaOf(metas, 'refresh') !== null,
    insecureResources: isSecure
      ? images
          .filter(({ url }) => url.startsWith('http:'))
          .slice(0, MAX_OF_A_KIND)
          .map(({ url }) => url)
      : [],
  };
}
