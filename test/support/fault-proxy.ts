import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

type Mode = 'pass' | 'refuse' | 'black hole';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** Stands between the application and a service, and lets the connection between them fail in the ways that networks do. */
export class FaultProxy {
  private mode: Mode = 'pass';
  private readonly pairs = new Set<Pair>();
  private readonly listener: Server;
  /** Connections that were opened since the start. */
  opened = 0;
  /** How long everything takes in each direction; to be set before the first connection. */
  delayMs = 0;

  private constructor(
    private readonly target: URL,
    private port: number,
  ) {
    this.listener = createServer((client) => this.join(client));
  }

  /** @param url - of the service, with a port */
  static async start(url: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(new URL(url), 0);
    await proxy.listen();
    return proxy;
  }

  /** The address of a service behind this proxy, for the application. */
  url(service: string): string {
    const url = new URL(service);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  /** Ends every connection and accepts none, like a service that was stopped. */
  async refuse(): Promise<void> {
    this.mode = 'refuse';
    if (this.listener.listening) {
      this.listener.close();
      this.reset();
      await once(this.listener, 'close');
    }
  }

  /** Breaks every connection, and accepts new ones, like a service that was restarted. Returns how many there were. */
  reset(): number {
    const broken = this.pairs.size;
    for (const { client, server } of this.pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
    return broken;
  }

  /** Delivers nothing more, on old connections and new ones, like a cable that was cut. */
  blackHole(): void {
    this.mode = 'black hole';
    for (const { client, server } of this.pairs) {
      client.pause();
      server.pause();
    }
  }

  /** Serves again. What was held back by a black hole is lost: the other side may have given up long ago. */
  async resume(): Promise<void> {
    if (this.mode === 'black hole') this.reset();
    this.mode = 'pass';
    if (!this.listener.listening) await this.listen();
  }

  async stop(): Promise<void> {
    await this.refuse();
  }

  private async listen(): Promise<void> {
    this.listener.listen(this.port, '127.0.0.1');
    await once(this.listener, 'listening');
    const address = this.listener.address();
    if (typeof address === 'object' && address) this.port = address.port;
  }

  private join(client: Socket): void {
    this.opened += 1;
    const server = connect(Number(this.target.port), this.target.hostname);
    const pair = { client, server };
    this.pairs.add(pair);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('error', () => undefined);
      from.on('close', () => {
        to.destroy();
        this.pairs.delete(pair);
      });
      from.on('data', (bytes) => this.deliver(bytes, to));
    }
    // A connection that nobody answers still opens: the network, not the service, completes the handshake.
    if (this.mode === 'black hole') for (const socket of [client, server]) socket.pause();
  }

  private deliver(bytes: Buffer, to: Socket): void {
    if (this.delayMs === 0) to.write(bytes);
    else setTimeout(() => to.writable && to.write(bytes), this.delayMs);
  }
}

/** Waits until `check` passes; a connection is renewed in the background. */
export async function eventually(check: () => Promise<void>, withinMs = 5_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
