import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Socket } from 'socket.io';
import { Configuration } from '../config/configuration.js';
import { SocketEnding } from './socket-ending.js';
import { type OpenSocket, SocketRegistry } from './socket.registry.js';

/** All are looked at in half a second, a few at a time: 10,000 at once would keep updates waiting for milliseconds. */
const LOOK_EVERY_MS = 50;
const LOOKS = 10;
/** What waits for one client that does not read. Beyond either it must come back and ask for what it missed. */
const MOST_WAITING_PACKETS = 1_000;
const MOST_WAITING_BYTES = 4 * 1_024 * 1_024;
/** In production clients leave one after the other, so that they do not all arrive elsewhere at once. */
const LEAVE_WITHIN_MS = 3_000;
const LEAVE_STEPS = 30;
/** For what was sent last to be on its way. */
const FLUSH_MS = 50;

/** Looks after open sockets: ends those that do not read, and sends all away before the process stops. */
@Injectable()
export class SocketUpkeepService implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private unseen: SetIterator<OpenSocket> | undefined;

  constructor(
    private readonly registry: SocketRegistry,
    private readonly ending: SocketEnding,
    private readonly configuration: Configuration,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.endSlow(), LOOK_EVERY_MS);
    this.timer.unref();
  }

  /** Tells every client to connect elsewhere, and closes its connection. Runs while requests are still served. */
  async beforeApplicationShutdown(): Promise<void> {
    this.registry.isClosing = true;
    const sockets = this.registry.list().map(({ socket }) => socket);
    if (sockets.length === 0) return;
    for (const socket of sockets) socket.emit('server-closing', {});
    await pause(FLUSH_MS);
    const atOnce = this.configuration.isProduction ? Math.ceil(sockets.length / LEAVE_STEPS) : sockets.length;
    for (let next = 0; next < sockets.length; next += atOnce) {
      // Unlike a disconnection by the server, after which a client stays away, this makes it come back.
      for (const socket of sockets.slice(next, next + atOnce)) socket.conn.close();
      await pause(this.configuration.isProduction ? LEAVE_WITHIN_MS / LEAVE_STEPS : 0);
    }
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private endSlow(): void {
    const count = Math.ceil(this.registry.size / LOOKS);
    for (let seen = 0; seen < count; seen += 1) {
      this.unseen ??= this.registry.values();
      const { value: entry, done } = this.unseen.next();
      if (done) {
        this.unseen = undefined;
        return;
      }
      if (isSlow(entry.socket)) this.ending.break(entry.socket, 'slow');
    }
  }
}

/** Engine.IO keeps what the network does not take yet in a list of its own. */
function isSlow(socket: Socket): boolean {
  const { writeBuffer } = socket.conn as unknown as { writeBuffer: readonly { data?: unknown }[] };
  if (writeBuffer.length > MOST_WAITING_PACKETS) return true;
  let bytes = 0;
  for (const { data } of writeBuffer) {
    if (typeof data === 'string' || Buffer.isBuffer(data)) bytes += data.length;
  }
  return bytes > MOST_WAITING_BYTES;
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
