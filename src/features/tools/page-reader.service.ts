import { Injectable } from '@nestjs/common';
import { AppError } from '../../platform/errors/app-error.js';
import { readPage } from '../../platform/web/page.js';
import type { PageContent } from '../../platform/web/page.types.js';
import { RobotsPolicy } from '../../platform/web/robots-policy.js';
import { type WebAnswer, WebClient } from '../../platform/web/web-client.js';

/** A page that was read. */
export interface ReadPage {
  /** Where it was, after redirects. */
  readonly url: URL;
  readonly status: number;
  readonly bytes: number;
  readonly redirectCount: number;
  /** The header X-Robots-Tag, or null. */
  readonly robotsHeader: string | null;
  readonly content: PageContent;
}

const MAX_BYTES = 2 * 1_024 * 1_024;
const HTML = new Set(['text/html', 'application/xhtml+xml']);

/** Reads single pages of the public web, as their sites allow it. */
@Injectable()
export class PageReaderService {
  constructor(private readonly web: WebClient) {}

  /** Begins to read, with one look at the robots.txt of each site. */
  open(signal: AbortSignal): PageReading {
    return new PageReading(this.web, signal);
  }
}

/** Several pages that are read for one purpose. */
export class PageReading {
  private readonly policies = new Map<string, Promise<RobotsPolicy>>();

  constructor(
    private readonly web: Pick<WebClient, 'fetch'>,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Reads a page, whatever its status.
   * @throws PAGE_DISALLOWED, PAGE_NOT_HTML; WebError (WEB_…); what the signal was aborted with
   */
  async read(address: string): Promise<ReadPage> {
    await this.requireAllowed(address);
    const isHtml = (contentType: string | null) => contentType === null || HTML.has(contentType);
    const answer = await this.web.fetch(address, { signal: this.signal, maxBytes: MAX_BYTES, wantsBody: isHtml });
    if (!isHtml(answer.contentType)) throw pageNotHtml();
    // Where it led to may forbid what the first address allowed.
    if (answer.redirects.length > 0) await this.requireAllowed(answer.url.href);
    return toPage(answer);
  }

  private async requireAllowed(address: string): Promise<void> {
    if (!URL.canParse(address)) return;
    const { origin, href } = new URL(address);
    const policy = this.policies.get(origin) ?? RobotsPolicy.load(this.web, origin, this.signal);
    this.policies.set(origin, policy);
    if (!(await policy).isAllowed(href)) throw pageDisallowed();
  }
}

function toPage(answer: WebAnswer): ReadPage {
  return {
    ...{ url: answer.url, status: answer.status, bytes: answer.bytes, redirectCount: answer.redirects.length },
    robotsHeader: answer.headers['x-robots-tag'] ?? null,
    content: readPage(answer.text(), answer.url),
  };
}

function pageDisallowed(): AppError {
  const message = 'The robots.txt of the site does not allow us to read this page, or could not be read.';
  return new AppError('PAGE_DISALLOWED', 'unprocessable', message);
}

function pageNotHtml(): AppError {
  return new AppError('PAGE_NOT_HTML', 'unprocessable', 'There is no HTML page at this address.');
}
