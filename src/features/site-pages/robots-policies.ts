import { RobotsPolicy } from '../../platform/web/robots-policy.js';
import type { WebClient } from '../../platform/web/web-client.js';

/** What the sites that a crawl meets let us do. Each robots.txt is read once. */
export class RobotsPolicies {
  private readonly known = new Map<string, Promise<RobotsPolicy>>();

  constructor(
    private readonly web: Pick<WebClient, 'fetch'>,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws WebError if the site may not or cannot be asked at all */
  async of(url: string): Promise<RobotsPolicy> {
    const { origin } = new URL(url);
    const policy = this.known.get(origin) ?? RobotsPolicy.load(this.web, origin, this.signal);
    this.known.set(origin, policy);
    return await policy;
  }

  async allow(url: string): Promise<boolean> {
    return (await this.of(url)).isAllowed(url);
  }
}
