import { once } from 'node:events';
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';

/** What a client is told of an error. */
export interface ToldProblem {
  readonly code: string;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly { path: string; code: string }[];
  readonly event?: string;
}

export interface Frame {
  readonly event: string;
  readonly value: Record<string, unknown>;
}

export interface Handshake {
  readonly token?: unknown;
  readonly organizationId?: unknown;
  readonly sequence?: unknown;
}

type Options = Partial<ManagerOptions & SocketOptions>;

const ANSWER_WITHIN_MS = 8_000;

/** A client that keeps all that it is sent. */
export class SocketClient {
  readonly frames: Frame[] = [];

  private constructor(readonly socket: Socket) {
    socket.onAny((event: string, value: Record<string, unknown>) => this.frames.push({ event, value }));
  }

  /** Connects and waits until the server said where it is. @throws the refusal */
  static async connect(url: string, namespace: string, auth: Handshake, options: Options = {}): Promise<SocketClient> {
    const client = SocketClient.open(url, namespace, auth, options);
    await new Promise<void>((resolve, reject) => {
      client.socket.once('ready', () => resolve());
      client.socket.once('connect_error', (error) => {
        client.close();
        reject(error);
      });
    });
    return client;
  }

  /** Begins to connect, and comes back after a loss, as a dashboard does. */
  static open(url: string, namespace: string, auth: Handshake, options: Options = {}): SocketClient {
    const defaults: Options = { transports: ['websocket'], forceNew: true, reconnection: false };
    return new SocketClient(io(`${url}${namespace}`, { ...defaults, auth, ...options }));
  }

  /** Sends an event and returns the acknowledgement. */
  async ask(
    event: string,
    ...values: unknown[]
  ): Promise<{ data?: never; error?: ToldProblem } & Record<string, never>> {
    return (await this.socket.timeout(ANSWER_WITHIN_MS).emitWithAck(event, ...values)) as never;
  }

  all(event: string): Record<string, unknown>[] {
    return this.frames.filter((frame) => frame.event === event).map(({ value }) => value);
  }

  /** Waits for the `count`-th frame of an event. */
  async next(event: string, count = 1): Promise<Record<string, unknown>> {
    for (
      const until = Date.now() + ANSWER_WITHIN_MS;
      Date.now() < until;
      await new Promise((done) => setTimeout(done, 5))
    ) {
      const found = this.all(event)[count - 1];
      if (found) return found;
    }
    throw new Error(`No frame ${count} of "${event}" came; there were ${JSON.stringify(this.frames)}.`);
  }

  /** Waits until the server has ended the socket. Returns the client's word for the reason. */
  async ended(): Promise<string> {
    if (!this.socket.connected) return 'ended already';
    const [reason] = (await once(this.socket as never, 'disconnect')) as [string];
    return reason;
  }

  close(): void {
    this.socket.disconnect();
  }
}

/** Connects where it must not succeed, and returns the refusal. */
export async function refusalOf(
  url: string,
  namespace: string,
  auth: Handshake,
  options: Options = {},
): Promise<ToldProblem> {
  const outcome: unknown = await SocketClient.connect(url, namespace, auth, options).catch((error: unknown) => error);
  if (!(outcome instanceof Error)) throw new Error(`${namespace} let the client in.`);
  const { data } = outcome as Error & { data?: ToldProblem };
  if (!data) throw outcome;
  return data;
}
