import robotsParser from 'robots-parser';
import { AGENT_NAME, type WebClient } from './web-client.js';
import { WebError } from './web.error.js';

// Its types say that the function is a property of what is imported; it is that itself.
const parse = robotsParser as unknown as typeof robotsParser.default;
type Rules = ReturnType<typeof parse>;

/** RFC 9309 §2.5: at least 500 kibibytes are read. */
const MAX_BYTES = 512 * 1_024;
const MAX_DELAY_SECONDS = 10;

/** What a site's robots.txt lets us do. Read once for a crawl. */
export class RobotsPolicy {
  private constructor(
    /** Whether there is one that can be read. */
    readonly isPresent: boolean,
    private readonly rules: Rules | 'everything' | 'nothing',
  ) {}

  /**
   * Reads the robots.txt of a site, by RFC 9309: one that is missing forbids nothing, one that fails forbids everything.
   * @throws WEB_ADDRESS_REFUSED and the like, if the site may not be asked at all
   */
  static async load(web: Pick<WebClient, 'fetch'>, origin: string, signal: AbortSignal): Promise<RobotsPolicy> {
    const address = new URL('/robots.txt', origin);
    try {
      const answer = await web.fetch(address, {
        signal,
        maxBytes: MAX_BYTES,
        truncates: true,
        accept: 'text/plain,*/*;q=0.5',
      });
      if (answer.status >= 500 || answer.status === 429) return new RobotsPolicy(false, 'nothing');
      if (answer.status >= 300) return new RobotsPolicy(false, 'everything');
      return new RobotsPolicy(true, parse(address.href, answer.text()));
    } catch (error) {
      if (!(error instanceof WebError)) throw error;
      if (error.code === 'WEB_TIMEOUT' || error.code === 'WEB_UNREACHABLE') return new RobotsPolicy(false, 'nothing');
      if (/REDIRECT|ANSWER_INVALID/.test(error.code)) return new RobotsPolicy(false, 'everything');
      throw error;
    }
  }

  /** Whether an address of this site may be asked. */
  isAllowed(url: string): boolean {
    if (typeof this.rules === 'string') return this.rules === 'everything';
    return this.rules.isAllowed(url, AGENT_NAME) !== false;
  }

  /** What the site asks for between two requests, at most 10 s. */
  get delaySeconds(): number {
    const asked = typeof this.rules === 'string' ? undefined : this.rules.getCrawlDelay(AGENT_NAME);
    return Math.min(Math.max(asked ?? 0, 0), MAX_DELAY_SECONDS);
  }

  get sitemaps(): readonly string[] {
    return typeof this.rules === 'string' ? [] : this.rules.getSitemaps();
  }
}
