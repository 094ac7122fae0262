import { readPage } from '../../platform/web/page.js';
import type { PageContent } from '../../platform/web/page.types.js';
import type { RobotsPolicy } from '../../platform/web/robots-policy.js';
import { readSitemaps, type SitemapResult } from '../../platform/web/sitemap.js';
import type { WebAnswer, WebClient } from '../../platform/web/web-client.js';
import { WebError } from '../../platform/web/web.error.js';
import { pause } from './address-check.js';
import { CrawlFrontier, type Waiting } from './crawl-frontier.js';
import { RobotsPolicies } from './robots-policies.js';
import { Site } from './site.js';
import { siteUnreadable } from './site-page.errors.js';
import type { CrawlEnd, CrawlOptions, CrawlReport, SitePage, VisitPage } from './site-page.types.js';

const READ_AT_ONCE = 3;
const MAX_SECONDS = 1_200;
const MAX_BYTES = 500 * 1_024 * 1_024;
const MAX_PAGE_BYTES = 3 * 1_024 * 1_024;
/** What is no page (documents, redirects, errors) counts too, or a site could keep us asking for ever. */
const REQUESTS_PER_PAGE = 4;
const RETRIED: readonly string[] = ['WEB_UNREACHABLE', 'WEB_TIMEOUT'];
const RETRY_AFTER_MS = 300;
const HTML: readonly (string | null)[] = ['text/html', 'application/xhtml+xml'];

/** One crawl of one site. Of the pages it keeps their addresses only. */
export class SiteCrawl {
  private readonly frontier: CrawlFrontier;
  private readonly robots: RobotsPolicies;
  private readonly deadline = performance.now() + MAX_SECONDS * 1_000;
  private site: Site;
  /** Where pages were read: several addresses may lead to one. */
  private readonly pages = new Set<string>();
  private bytes = 0;
  private asked = 0;
  private busy = 0;
  private hasFailed = false;
  /** When the site may be asked again. */
  private nextAt = 0;

  constructor(
    private readonly web: Pick<WebClient, 'fetch'>,
    private readonly delayMs: number,
    private readonly options: CrawlOptions,
    private readonly visit: VisitPage,
  ) {
    this.robots = new RobotsPolicies(web, options.signal);
    this.site = new Site(options.websiteUrl);
    this.frontier = new CrawlFrontier(options.maxPages * REQUESTS_PER_PAGE);
  }

  async run(): Promise<CrawlReport> {
    const start = await this.readStart();
    const policy = await this.robots.of(start.finalUrl);
    for (const url of this.options.first ?? []) this.offer({ url, depth: 0, isListed: false });
    const sitemap = await this.readSitemap(start.finalUrl, policy);
    for (const url of sitemap.urls) this.offer({ url, depth: 0, isListed: true });
    this.visitPage({ ...start, isListed: sitemap.urls.includes(start.url) || sitemap.urls.includes(start.finalUrl) });
    await this.readAll();
    return {
      startUrl: start.finalUrl,
      pages: this.pages.size,
      bytes: this.bytes,
      end: this.frontier.take() || this.frontier.isFull ? (this.limit() ?? 'PAGE_LIMIT') : 'COMPLETE',
      hasRobots: policy.isPresent,
      sitemapFiles: sitemap.files,
      sitemapProblems: sitemap.problems,
    };
  }

  /** The start page may lead to another host: then that is the site. */
  private async readStart(): Promise<SitePage & { readonly content: PageContent | null }> {
    const entry = { url: this.options.websiteUrl, depth: 0, isListed: false };
    const start = await this.read(entry, () => true);
    if (start.problem !== null || start.status !== 200) {
      throw siteUnreadable(start.problem ?? `HTTP_${start.status}`);
    }
    if (start.content === null) throw siteUnreadable('NOT_HTML');
    this.site = new Site(this.options.websiteUrl, start.finalUrl);
    // Also under the address that it led to: nobody reads it twice.
    for (const url of [new URL(entry.url).href, start.finalUrl]) {
      this.frontier.add({ ...entry, url });
      this.frontier.take();
    }
    return start;
  }

  private async readSitemap(startUrl: string, policy: RobotsPolicy): Promise<SitemapResult> {
    const named = policy.sitemaps.filter((url) => this.site.has(url));
    const starts = named.length > 0 ? named : [new URL('/sitemap.xml', startUrl).href];
    return await readSitemaps(this.web, starts, {
      signal: this.options.signal,
      maxUrls: this.options.maxPages * REQUESTS_PER_PAGE,
      mayRead: (url) => this.site.has(url) && policy.isAllowed(url),
    });
  }

  private async readAll(): Promise<void> {
    const work = Array.from({ length: READ_AT_ONCE }, async () => await this.work());
    // The others end soon after one failed, and nothing of this goes on after it was told.
    for (const outcome of await Promise.allSettled(work)) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** Several do this at a time. One that finds nothing waits for the others, whose pages may have links. */
  private async work(): Promise<void> {
    while (!this.hasFailed && this.limit() === null) {
      const entry = this.frontier.take();
      if (entry) await this.readNext(entry);
      else if (this.busy === 0) return;
      else await pause(20, this.options.signal);
    }
  }

  private async readNext(entry: Waiting): Promise<void> {
    this.busy += 1;
    try {
      this.visitPage(await this.read(entry, (url) => this.site.has(url)));
      await this.options.progress?.(this.pages.size, Math.min(this.options.maxPages, this.frontier.known));
    } catch (error) {
      this.hasFailed = true;
      throw error;
    } finally {
      this.busy -= 1;
    }
  }

  private limit(): Exclude<CrawlEnd, 'COMPLETE'> | null {
    if (this.pages.size + this.busy >= this.options.maxPages) return 'PAGE_LIMIT';
    if (this.asked >= this.options.maxPages * REQUESTS_PER_PAGE) return 'PAGE_LIMIT';
    if (this.bytes >= MAX_BYTES) return 'BYTE_LIMIT';
    return performance.now() >= this.deadline ? 'TIME_LIMIT' : null;
  }

  private visitPage({ content, ...page }: SitePage & { readonly content: PageContent | null }): void {
    if (content) {
      this.pages.add(page.finalUrl);
      this.bytes += page.bytes;
      const links = content.links.filter(({ isFollowed }) => isFollowed).map(({ url }) => url);
      const others = content.alternates.map(({ url }) => url);
      for (const url of [...links, ...content.canonicals, ...others]) {
        this.offer({ url, depth: page.depth + 1, isListed: false });
      }
    }
    this.visit(page, content);
  }

  private offer(entry: Waiting): void {
    if (!/^https?:/.test(entry.url) || !this.site.has(entry.url)) return;
    this.frontier.add({ ...entry, url: new URL(entry.url).href });
  }

  private async read(entry: Waiting, mayLeadTo: (url: URL) => boolean) {
    const facts = { url: entry.url, depth: entry.depth, isListed: entry.isListed };
    const none = { ...facts, finalUrl: entry.url, status: null, contentType: null, bytes: 0, robotsTag: null };
    try {
      const policy = await this.robots.of(entry.url);
      if (!policy.isAllowed(entry.url)) {
        return { ...none, problem: 'ROBOTS_DISALLOWED', redirects: [], content: null };
      }
      await this.awaitTurn(policy);
      const answer = await this.ask(entry.url, mayLeadTo);
      const { status, contentType, bytes, redirects, headers } = answer;
      const isPage = status === 200 && HTML.includes(contentType);
      const content = isPage ? readPage(answer.text(), answer.url) : null;
      const robotsTag = headers['x-robots-tag'] ?? null;
      return {
        ...facts,
        finalUrl: answer.url.href,
        status,
        problem: null,
        redirects,
        contentType,
        bytes,
        robotsTag,
        content,
      };
    } catch (error) {
      if (!(error instanceof WebError)) throw error;
      return { ...none, problem: error.code, redirects: error.redirects, content: null };
    }
  }

  private async ask(url: string, mayLeadTo: (url: URL) => boolean): Promise<WebAnswer> {
    const request = {
      signal: this.options.signal,
      maxBytes: MAX_PAGE_BYTES,
      wantsBody: (contentType: string | null) => HTML.includes(contentType),
      mayFollow: async (next: URL) => mayLeadTo(next) && (await this.robots.allow(next.href)),
    };
    this.asked += 1;
    try {
      return await this.web.fetch(url, request);
    } catch (error) {
      if (!(error instanceof WebError) || !RETRIED.includes(error.code)) throw error;
      await pause(RETRY_AFTER_MS, this.options.signal);
      return await this.web.fetch(url, request);
    }
  }

  /** Spaces requests as the site asks for, and at least as we do everywhere. */
  private async awaitTurn(policy: RobotsPolicy): Promise<void> {
    const gap = Math.max(this.delayMs, policy.delaySeconds * 1_000);
    const at = Math.max(performance.now(), this.nextAt);
    this.nextAt = at + gap;
    await pause(at - performance.now(), this.options.signal);
  }
}
