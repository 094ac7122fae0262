import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SiteAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly delayMs?: number;
}

/** A web site on loopback. What has no answer of its own is 404. */
export class SiteServer {
  readonly answers = new Map<string, SiteAnswer>();
  readonly requests: { readonly method: string; readonly path: string; readonly agent: string }[] = [];
  private readonly server: Server = createServer((request, response) => void this.serve(request, response));

  static async start(): Promise<SiteServer> {
    const site = new SiteServer();
    site.server.listen(0, '127.0.0.1');
    await once(site.server, 'listening');
    return site;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  /** The same server under a name, which is another site. */
  get otherHost(): string {
    return this.host.replace('127.0.0.1', 'localhost');
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve({ method = '', url = '/', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests.push({ method, path: url, agent: headers['user-agent'] ?? '' });
    const {
      status = 200,
      headers: more,
      body = '',
      delayMs,
    } = this.answers.get(url) ?? { status: 404, body: 'Not found' };
    if (delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, delayMs));
    const type = 'text/html; charset=utf-8';
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...more });
    response.end(method === 'HEAD' ? undefined : body);
  }
}

/** What a page of {@link SitePlan} consists of. Faults change it. */
export interface PlannedPage {
  path: string;
  attributes: string;
  titles: string[];
  description: string | null;
  canonicals: string[];
  head: string;
  viewport: string;
  openGraph: string;
  structuredData: string;
  headings: string;
  text: string;
  body: string;
  isListed: boolean;
  isLinked: boolean;
}

/** Nothing is wrong with it: every text is its own, and every rule is content. */
export function plainPage(origin: string, path: string, name: string): PlannedPage {
  const words = Array.from({ length: 12 }, (_, index) => `In step ${index + 1} the workshop sews ${name} by hand`);
  return {
    path,
    attributes: ' lang="en"',
    titles: [`Hand-made shoes, model ${name}`],
    description: `The model ${name} is sewn by hand from leather of the region, in every size.`,
    canonicals: [origin + path],
    head: '',
    viewport: '<meta name="viewport" content="width=device-width">',
    openGraph: `<meta property="og:title" content="${name}">`,
    structuredData: '<script type="application/ld+json">{"@context":"https://schema.org","@type":"Product"}</script>',
    headings: `<h1>Model ${name}</h1><h2>How it is made</h2>`,
    text: `<p>${words.join('.</p><p>')}.</p>`,
    body: '<img src="/images/shoe.png" alt="A shoe">',
    isListed: true,
    isLinked: true,
  };
}

export function renderPage(page: PlannedPage, next: string): string {
  const { titles, description, canonicals, head, viewport, openGraph, structuredData, headings, text, body } = page;
  return `<!doctype html><html${page.attributes}><head><meta charset="utf-8">
    ${titles.map((title) => `<title>${title}</title>`).join('')}
    ${description === null ? '' : `<meta name="description" content="${description}">`}
    ${canonicals.map((url) => `<link rel="canonical" href="${url}">`).join('')}
    ${viewport}${openGraph}${structuredData}${head}</head>
    <body>${headings}${text}${body}<nav><a href="/">Home</a> <a href="${next}">Next</a></nav></body></html>`;
}
