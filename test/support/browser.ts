import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** What a page says of itself while somebody looks at it. */
export interface Told {
  readonly shown?: string;
  readonly width?: string;
  readonly finished?: string;
  readonly problem?: string;
}

const CLIENT = join(createRequire(import.meta.url).resolve('socket.io-client'), '../../../dist/socket.io.min.js');

/** A page of another origin than the API, as every dashboard is one. It tells here what it shows. */
export class DashboardServer {
  readonly told: Told[] = [];
  private readonly server = createServer((request, response) => {
    void (async () => {
      if (request.method === 'POST') this.told.push(JSON.parse(await text(request)) as Told);
      const isClient = request.url === '/socket.io.min.js';
      const body = await readFile(isClient ? CLIENT : 'test/support/dashboard.html');
      response.writeHead(200, { 'content-type': isClient ? 'text/javascript' : 'text/html' }).end(body);
    })();
  });

  static async start(): Promise<DashboardServer> {
    const dashboard = new DashboardServer();
    dashboard.server.listen(0, '127.0.0.1');
    await once(dashboard.server, 'listening');
    return dashboard;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** Chromium without a window: `BROWSER`, or the one on the path. Its debugger answers on `BROWSER_DEBUGGING_PORT`. */
export class Browser {
  private constructor(
    private readonly child: ChildProcess,
    private readonly profile: string,
  ) {}

  static async open(url: string): Promise<Browser> {
    const { BROWSER: browser = 'chromium', BROWSER_DEBUGGING_PORT: port = '0' } = process.env;
    const profile = await mkdtemp(join(tmpdir(), 'bulkhead-browser-'));
    const options = ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run'];
    const child = spawn(browser, [...options, `--remote-debugging-port=${port}`, `--user-data-dir=${profile}`, url]);
    const [problem] = (await Promise.race([once(child, 'spawn'), once(child, 'error')])) as [Error?];
    if (problem) throw new Error(`${browser} does not start. BROWSER is the path of a Chromium.`, { cause: problem });
    return new Browser(child, profile);
  }

  async close(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill();
    await ended;
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
