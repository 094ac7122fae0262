import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A web site on loopback whose pages a test writes, and holds back when it likes. */
export class PageServer {
  /** Paths that were asked for, in order. */
  readonly asked: string[] = [];
  private readonly pages = new Map<string, string>();
  private readonly held = new Map<string, ServerResponse[]>();
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((request, response) => this.serve(request, response));

  static async start(): Promise<PageServer> {
    const site = new PageServer();
    site.server.on('connection', (socket: Socket) => {
      site.sockets.add(socket);
      socket.on('close', () => site.sockets.delete(socket)).on('error', () => undefined);
    });
    site.server.listen(0, '127.0.0.1');
    await once(site.server, 'listening');
    return site;
  }

  /** As the application is allowed to ask it: `host:port`. */
  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  url(path = '/'): string {
    return `http://${this.host}${path}`;
  }

  /** Puts a page there. `body` is what stands between the tags of its body. */
  page(path: string, title: string, body: string): void {
    this.pages.set(
      path,
      `<!doctype html><html lang="en"><head><title>${title}</title></head><body>${body}</body></html>`,
    );
  }

  /** Answers with something else than HTML. */
  raw(path: string, text: string): void {
    this.pages.set(path, text);
  }

  /** Lets requests for a path wait until they are released. */
  hold(path: string): void {
    this.held.set(path, []);
  }

  release(path: string): void {
    const waiting = this.held.get(path) ?? [];
    this.held.delete(path);
    for (const response of waiting) this.answer(path, response);
  }

  countAsked(path: string): number {
    return this.asked.filter((asked) => asked === path).length;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private serve({ url = '/' }: IncomingMessage, response: ServerResponse): void {
    this.asked.push(url);
    const waiting = this.held.get(url);
    if (waiting) waiting.push(response);
    else this.answer(url, response);
  }

  private answer(path: string, response: ServerResponse): void {
    const body = this.pages.get(path);
    const type = body === undefined || body.startsWith('<!doctype') ? 'text/html; charset=utf-8' : 'text/plain';
    response.writeHead(body === undefined ? 404 : 200, { 'Content-Type': type });
    response.end(body ?? '<!doctype html><html><body>Missing</body></html>');
  }
}
