import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import type { SocketPass } from '../../tenancy/index.js';
import { SocketMetrics } from './socket-metrics.js';

/** A socket of this process that a door let in. */
export interface OpenSocket {
  readonly socket: Socket;
  readonly pass: SocketPass;
  /** {@link SocketRegistry.epoch} when the database was asked. */
  readonly epoch: number;
}

/** Whom a change of access may concern; what is absent is not known. */
export interface AccessChange {
  readonly product: string;
  readonly organizationId?: string;
  readonly userId?: string;
  readonly sessionId?: string;
  readonly keyId?: string;
}

/** Knows the sockets of this process, and finds those that a change of access concerns without looking at all. */
@Injectable()
export class SocketRegistry {
  /** Rises whenever somebody's access may have changed: what was asked before may be out of date. */
  epoch = 0;
  /** Whether the process is about to stop, and lets nobody in. */
  isClosing = false;
  private readonly admitted = new WeakMap<Socket, OpenSocket>();
  private readonly open = new Set<OpenSocket>();
  private readonly index = new Map<string, Set<OpenSocket>>();
  /** No log-in of an open socket ends before, in ms since 1970: looking at all of them would stop the process for a while. */
  private firstEnd = Infinity;

  constructor(private readonly metrics: SocketMetrics) {}

  /** Keeps what a socket was let in with, until it is open. */
  admit(entry: OpenSocket): void {
    this.admitted.set(entry.socket, entry);
  }

  /** Returns what a socket was let in with; undefined if no door did. */
  find(socket: Socket): OpenSocket | undefined {
    return this.admitted.get(socket);
  }

  /** Notes that a socket is open, until it closes. */
  add(entry: OpenSocket): void {
    this.open.add(entry);
    this.firstEnd = Math.min(this.firstEnd, endOf(entry));
    this.metrics.countConnected(entry.pass.namespace, 1);
    for (const key of keysOf(entry.pass)) {
      const sockets = this.index.get(key);
      if (sockets) sockets.add(entry);
      else this.index.set(key, new Set([entry]));
    }
  }

  remove(entry: OpenSocket): void {
    if (!this.open.delete(entry)) return;
    this.metrics.countConnected(entry.pass.namespace, -1);
    for (const key of keysOf(entry.pass)) {
      const sockets = this.index.get(key);
      if (sockets?.delete(entry) && sockets.size === 0) this.index.delete(key);
    }
  }

  get size(): number {
    return this.open.size;
  }

  countOf(organizationId: string): number {
    return this.index.get(`organization:${organizationId}`)?.size ?? 0;
  }

  list(): OpenSocket[] {
    return [...this.open];
  }

  /** Goes through the open sockets, and sees those that open meanwhile as well. */
  values(): SetIterator<OpenSocket> {
    return this.open.values();
  }

  /** Returns the sockets whose log-in, key or support session has ended by itself. */
  listEnded(nowMs: number): OpenSocket[] {
    if (nowMs < this.firstEnd) return [];
    const ended: OpenSocket[] = [];
    this.firstEnd = Infinity;
    for (const entry of this.open) {
      const end = endOf(entry);
      if (end <= nowMs) ended.push(entry);
      // One that has ended is told again until it is closed.
      this.firstEnd = Math.min(this.firstEnd, end);
    }
    return ended;
  }

  /** Returns the sockets that all of the change's ids are true of. */
  listConcerned({ product, organizationId, userId, sessionId, keyId }: AccessChange): OpenSocket[] {
    const wanted = [
      sessionId && `session:${sessionId}`,
      keyId && `key:${keyId}`,
      userId && `user:${userId}`,
      organizationId && `organization:${organizationId}`,
    ].filter((key) => key !== undefined);
    // The first is the one with the fewest.
    const [narrowest = '', ...others] = wanted;
    return [...(this.index.get(narrowest) ?? [])].filter(
      (entry) => entry.pass.context.product === product && others.every((key) => this.index.get(key)?.has(entry)),
    );
  }
}

function endOf({ pass }: OpenSocket): number {
  return pass.kind === 'organization' ? pass.standsUntil.getTime() : Infinity;
}

function keysOf(pass: SocketPass): string[] {
  if (pass.kind === 'public') return [];
  const { actor, sessionId } = pass.claim;
  const userId = actor.type === 'apiKey' ? actor.userId : actor.id;
  return [
    `organization:${pass.organizationId}`,
    `user:${userId}`,
    ...(sessionId === null ? [] : [`session:${sessionId}`]),
    ...(actor.type === 'apiKey' ? [`key:${actor.id}`] : []),
  ];
}
