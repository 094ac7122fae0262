import type { SeoAudit, SeoAuditIssue } from '../../generated/prisma/client.js';
import type { CheckedAddress, CrawlReport } from '../site-pages/site-page.types.js';

export const SEVERITIES = ['ERROR', 'WARNING', 'NOTICE'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What an audit keeps of a page: enough for every rule, and little. */
export interface PageFacts {
  readonly url: string;
  readonly status: number | null;
  readonly problem: string | null;
  readonly isListed: boolean;
  readonly bytes: number;
  /** In the order of the page; first three. */
  readonly titles: readonly string[];
  readonly description: string | null;
  readonly headingLevels: readonly number[];
  readonly hasEmptyHeading: boolean;
  readonly canonicals: readonly string[];
  readonly alternates: readonly { readonly language: string; readonly url: string }[];
  readonly isIndexable: boolean;
  readonly language: string | null;
  readonly words: number;
  /** The same for pages that show the same text. */
  readonly textDigest: string;
  readonly imagesWithoutAlt: readonly string[];
  readonly structuredData: { readonly count: number; readonly invalid: number };
  readonly hasViewport: boolean;
  readonly hasOpenGraph: boolean;
  readonly hasRefresh: boolean;
  /** Resources that a page on TLS takes without it. */
  readonly insecureResources: readonly string[];
}

/** An address that leads on, and where it ended. */
export interface RedirectFacts {
  readonly url: string;
  readonly finalUrl: string;
  readonly hops: number;
  readonly isTemporary: boolean;
  readonly isDowngrade: boolean;
  readonly problem: string | null;
  readonly isListed: boolean;
}

/** Who leads to an address: the first few pages, and how many there are. */
export interface Sources {
  readonly pages: readonly string[];
  readonly count: number;
}

/** All that the rules look at. */
export interface SiteFacts {
  readonly startUrl: string;
  readonly report: CrawlReport;
  /** Pages that were read: status 200 and HTML. */
  readonly pages: readonly PageFacts[];
  /** Addresses of the site that answered otherwise, or not at all. */
  readonly failures: readonly PageFacts[];
  readonly redirects: readonly RedirectFacts[];
  readonly links: ReadonlyMap<string, Sources>;
  readonly images: ReadonlyMap<string, Sources>;
  /** Of links to other sites and of images. */
  readonly checked: ReadonlyMap<string, CheckedAddress>;
}

/** What a rule found wrong, and where. */
export interface Finding {
  readonly url: string;
  readonly detail: string;
}

/** One rule of the audit. */
export interface Rule {
  readonly id: string;
  readonly severity: Severity;
  /** What it is about, in a few words. */
  readonly title: string;
  readonly advice: string;
  readonly find: (site: SiteFacts) => Iterable<Finding>;
}

export interface Issue extends Finding {
  readonly rule: string;
  readonly severity: Severity;
}

/** What one rule takes from the score. */
export interface Deduction {
  readonly rule: string;
  readonly severity: Severity;
  readonly title: string;
  readonly advice: string;
  readonly issues: number;
  /** How much of the site is concerned, 0 to 1. */
  readonly share: number;
  readonly points: number;
}

/** What changed since the audit before of the same client. */
export interface Comparison {
  readonly previousId: string;
  readonly previousScore: number;
  readonly introduced: number;
  readonly resolved: number;
  readonly unchanged: number;
  /** By rule, those that changed only. */
  readonly rules: Readonly<Record<string, { readonly introduced: number; readonly resolved: number }>>;
}

/** What is kept of an audit besides its issues. */
export interface AuditDetail {
  readonly crawl: CrawlReport;
  readonly deductions: readonly Deduction[];
  readonly comparison: Comparison | null;
  /** Whether there were more issues than are kept. */
  readonly isTruncated: boolean;
}

export type SeoAuditRow = SeoAudit;
export type SeoAuditIssueRow = SeoAuditIssue;
/** What a list shows of an audit. */
export type SeoAuditSummary = Omit<SeoAudit, 'detail'>;
