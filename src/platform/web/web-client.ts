import type { OnApplicationShutdown } from '@nestjs/common';
import { Agent, type Dispatcher } from 'undici';
import { type BodyLimit, decodeText, readBody } from './web-body.js';
import { createConnector, type Resolve } from './web-connector.js';
import { type Redirect, WebError } from './web.error.js';
import { redirectLoop, tooManyRedirects, toWebError } from './web.errors.js';
import { WebHosts } from './web-hosts.js';

export interface WebClientOptions {
  /** `host:port` of servers that are asked although they are not of the public web. */
  readonly allowedHosts?: readonly string[];
  /** Where somebody who finds us in a log learns who we are. */
  readonly contact?: string | undefined;
  readonly resolve?: Resolve;
}

/** What is asked for. */
export interface WebRequest {
  /** Ends it at once; what it was aborted with is thrown. */
  readonly signal: AbortSignal;
  readonly method?: 'GET' | 'HEAD';
  /** Of the body, after decompression; 2 MiB. */
  readonly maxBytes?: number;
  /** Takes the beginning of a longer body, instead of WEB_TOO_LARGE. */
  readonly truncates?: boolean;
  /** From the first redirect to the last byte; 20 s. */
  readonly timeoutMs?: number;
  /** 5; with 0 a redirect is the answer. */
  readonly maxRedirects?: number;
  /** Whether to go where a redirect leads; if not, the redirect is the answer. Refused addresses are refused before. */
  readonly mayFollow?: (url: URL) => boolean | Promise<boolean>;
  /** Whether the body is wanted, by its media type; it is not read otherwise. */
  readonly wantsBody?: (contentType: string | null) => boolean;
  readonly accept?: string;
}

/** What a site answered, whatever its status. */
export interface WebAnswer {
  /** Where the answer is from, after redirects. */
  readonly url: URL;
  readonly status: number;
  /** Names in lower case; several of one name joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** The media type alone, in lower case. */
  readonly contentType: string | null;
  /** Decompressed; empty if it was not wanted. */
  readonly body: Buffer;
  /** Length of the body. */
  readonly bytes: number;
  readonly isTruncated: boolean;
  readonly redirects: readonly Redirect[];
  /** The body in its character set. */
  text(): string;
}

/** What robots.txt may name. */
export const AGENT_NAME = 'BulkheadBot';

const MAX_BYTES = 2 * 1_024 * 1_024;
const TIMEOUT_MS = 20_000;
const MAX_REDIRECTS = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const ACCEPT = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5';

/**
 * Reads the public web for an organization: never an address of a network of ours, in bounded time and size, and without
 * cookies or credentials. All code that reads what an organization names goes through it.
 */
export class WebClient implements OnApplicationShutdown {
  private readonly hosts: WebHosts;
  private readonly agent: Agent;
  private readonly agentName: string;

  constructor({ allowedHosts = [], contact, resolve }: WebClientOptions) {
    this.hosts = new WebHosts(allowedHosts);
    this.agentName = contact === undefined ? `${AGENT_NAME}/1.0` : `${AGENT_NAME}/1.0 (+${contact})`;
    this.agent = new Agent({
      connect: createConnector(this.hosts, resolve),
      connections: 8,
      headersTimeout: 15_000,
      bodyTimeout: 10_000,
      maxHeaderSize: 16_384,
    });
  }

  /**
   * Asks for an address and goes where it leads.
   * @throws WebError with one of the codes WEB_…; what `signal` was aborted with
   */
  async fetch(address: string | URL, request: WebRequest): Promise<WebAnswer> {
    const redirects: Redirect[] = [];
    const limit = AbortSignal.timeout(request.timeoutMs ?? TIMEOUT_MS);
    try {
      request.signal.throwIfAborted();
      return await this.follow(this.hosts.require(address), request, redirects, limit);
    } catch (error) {
      request.signal.throwIfAborted();
      const told = toWebError(limit.aborted ? limit.reason : error);
      if (told instanceof WebError) told.redirects = redirects;
      throw told;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  private async follow(start: URL, request: WebRequest, redirects: Redirect[], limit: AbortSignal): Promise<WebAnswer> {
    const { maxRedirects = MAX_REDIRECTS, mayFollow = () => true } = request;
    const signal = AbortSignal.any([request.signal, limit]);
    const seen = new Set([start.href]);
    for (let url = start; ;) {
      const response = await this.ask(url, request, signal);
      const next = maxRedirects > 0 ? this.nextOf(url, response) : null;
      if (!next || !(await mayFollow(next))) return await toAnswer(url, response, request, redirects);
      await response.body.dump({ limit: 65_536, signal });
      redirects.push({ url: url.href, status: response.statusCode, location: next.href });
      if (seen.has(next.href)) throw redirectLoop();
      if (redirects.length > maxRedirects) throw tooManyRedirects(maxRedirects);
      seen.add(next.href);
      url = next;
    }
  }

  private async ask(url: URL, { method = 'GET', accept = ACCEPT }: WebRequest, signal: AbortSignal) {
    const headers = { 'user-agent': this.agentName, accept, 'accept-encoding': 'gzip, br' };
    return await this.agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers,
      signal,
    });
  }

  /** @throws as {@link WebHosts.require}, for where it leads */
  private nextOf(url: URL, { statusCode, headers, body }: Dispatcher.ResponseData): URL | null {
    const location = headers['location'];
    if (!REDIRECTS.includes(statusCode) || typeof location !== 'string') return null;
    try {
      return this.hosts.require(location, url);
    } catch (error) {
      body.on('error', () => undefined).destroy();
      throw error;
    }
  }
}

async function toAnswer(
  url: URL,
  response: Dispatcher.ResponseData,
  request: WebRequest,
  redirects: readonly Redirect[],
): Promise<WebAnswer> {
  const headers = toHeaders(response.headers);
  const contentType = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() || null;
  const limit: BodyLimit = { maxBytes: request.maxBytes ?? MAX_BYTES, truncates: request.truncates ?? false };
  const isWanted = request.method !== 'HEAD' && (request.wantsBody?.(contentType) ?? true);
  if (!isWanted) response.body.on('error', () => undefined).destroy();
  const { body, isTruncated } = isWanted
    ? await readBody(response.body, headers['content-encoding'], limit)
    : { body: Buffer.alloc(0), isTruncated: false };
  return {
    ...{ url, status: response.statusCode, headers, contentType, redirects, body, isTruncated },
    bytes: body.byteLength,
    text: () => decodeText(body, headers['content-type']),
  };
}

function toHeaders(given: Dispatcher.ResponseData['headers']): Record<string, string> {
  const entries = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
  );
  return Object.fromEntries(entries);
}
