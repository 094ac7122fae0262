import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const LOOK_EVERY_MS = 200;

/**
 * A load balancer of connections, as one in front of the API is set up: asks every node for its readiness and gives new
 * connections to those that are ready, in turn. It repeats nothing: a request that a node fails has failed.
 */
export class Balancer {
  private ready: string[] = [];
  private turn = 0;
  private readonly timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly nodes: () => readonly string[],
    private readonly server: Server,
  ) {
    server.on('connection', (client) => this.forward(client));
  }

  /** @param nodes - their addresses at the moment, `http://127.0.0.1:3000` */
  static async start(nodes: () => readonly string[]): Promise<Balancer> {
    const server = createServer();
    const balancer = new Balancer(nodes, server);
    await balancer.look();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private async look(): Promise<void> {
    const states = await Promise.all(this.nodes().map(async (url) => ((await isReady(url)) ? [url] : [])));
    this.ready = states.flat();
  }

  private forward(client: Socket): void {
    this.turn += 1;
    const url = this.ready[this.turn % Math.max(1, this.ready.length)];
    if (!url) return void client.destroy();
    const node = connect(Number(new URL(url).port), '127.0.0.1');
    for (const [one, other] of [
      [client, node],
      [node, client],
    ] as const) {
      this.sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => this.sockets.delete(one));
    }
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/api/health/ready`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}
