import type { PageContent } from '../../platform/web/page.types.js';
import type { SitemapProblem } from '../../platform/web/sitemap.js';
import type { Redirect } from '../../platform/web/web.error.js';

/** What of a site is read, and how far. */
export interface CrawlOptions {
  readonly websiteUrl: string;
  readonly maxPages: number;
  /** Pages of the site that are read in any case, before others. */
  readonly first?: readonly string[];
  readonly signal: AbortSignal;
  /** Called after each page; `known` is how many are to be read as far as can be told. */
  readonly progress?: (read: number, known: number) => Promise<void>;
}

/** One address of a site and what it answered. Its content is handed on and not kept. */
export interface SitePage {
  /** As it was linked or listed. */
  readonly url: string;
  /** Where the answer came from. */
  readonly finalUrl: string;
  /** Null if there was no answer; then `problem` says why. */
  readonly status: number | null;
  /** A code WEB_…; `ROBOTS_DISALLOWED` if it may not be asked. */
  readonly problem: string | null;
  readonly redirects: readonly Redirect[];
  readonly contentType: string | null;
  readonly bytes: number;
  /** Links from the start page; 0 for it and for what only the sitemap names. */
  readonly depth: number;
  /** Of the header X-Robots-Tag. */
  readonly robotsTag: string | null;
  /** Whether it stands in the sitemap. */
  readonly isListed: boolean;
}

/** Gets each page as it is read; what it wants to keep it copies. */
export type VisitPage = (page: SitePage, content: PageContent | null) => void;

export type CrawlEnd = 'COMPLETE' | 'PAGE_LIMIT' | 'TIME_LIMIT' | 'BYTE_LIMIT';

/** What a crawl came to. */
export interface CrawlReport {
  /** Address of the start page, after redirects. */
  readonly startUrl: string;
  readonly pages: number;
  readonly bytes: number;
  readonly end: CrawlEnd;
  readonly hasRobots: boolean;
  readonly sitemapFiles: number;
  readonly sitemapProblems: readonly SitemapProblem[];
}

/** What a link or an image leads to. */
export interface CheckedAddress {
  readonly status: number | null;
  readonly problem: string | null;
  readonly bytes: number | null;
}
