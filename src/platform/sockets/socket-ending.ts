import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import { toAppError } from '../http/problem.js';
import { SocketJournal } from './socket-journal.js';
import { toSocketProblem } from './socket-problem.js';
import { SocketRegistry } from './socket.registry.js';

/** Ends sockets. */
@Injectable()
export class SocketEnding {
  constructor(
    private readonly registry: SocketRegistry,
    private readonly journal: SocketJournal,
  ) {}

  /** Tells a client why, by `error`, and ends its socket. The client does not come back by itself. */
  end(socket: Socket, reason: unknown): void {
    const error = toAppError(reason);
    const context = this.registry.find(socket)?.pass.context;
    this.journal.ended(context, socket.nsp.name, error);
    socket.emit('error', toSocketProblem(error, context?.requestId ?? ''));
    socket.disconnect();
  }

  /** Breaks the connection under a socket: its client comes back by itself, and is asked anew. */
  break(socket: Socket, reason: string): void {
    this.journal.broken(this.registry.find(socket)?.pass.context, socket.nsp.name, reason);
    // Without waiting for what it has not read: it may never do so.
    socket.conn.close(true);
  }
}
