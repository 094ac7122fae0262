import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import { type OrganizationContext, SocketDoor } from '../../tenancy/index.js';
import { Configuration } from '../config/configuration.js';
import { findProblems } from '../http/body-check.js';
import { rateLimited } from '../limits/limit.errors.js';
import { RateLimitService } from '../limits/rate-limit.service.js';
import { GatewayRegistry } from './gateway.registry.js';
import { SocketBucket } from './socket-bucket.js';
import { invalidPayload, unknownEvent } from './socket.errors.js';
import type { OpenSocket } from './socket.registry.js';

/** A message that may be handled. */
export interface AdmittedMessage {
  readonly context: OrganizationContext;
  readonly payload: object;
}

/** What stands between a message and its handler: limits, shape, and the door. */
@Injectable()
export class MessageGate {
  private readonly buckets = new WeakMap<Socket, SocketBucket>();

  constructor(
    private readonly door: SocketDoor,
    private readonly gateways: GatewayRegistry,
    private readonly limits: RateLimitService,
    private readonly configuration: Configuration,
  ) {}

  /** Counts a message, before anything is done for it. Returns how many were refused in a row: 0 if this one is not. */
  count(socket: Socket): number {
    let bucket = this.buckets.get(socket);
    if (!bucket) {
      bucket = new SocketBucket(this.configuration.get('SOCKET_MESSAGES_PER_SECOND'));
      this.buckets.set(socket, bucket);
    }
    return bucket.take();
  }

  knows(namespace: string, event: string): boolean {
    return this.gateways.messageOf(namespace, event) !== undefined;
  }

  /**
   * Returns the context and the payload of a message.
   * @throws EVENT_NOT_FOUND, INVALID_PAYLOAD, RATE_LIMITED, and what the door throws
   * @remarks One query, as a request over HTTP; what it answers is not kept.
   */
  async pass({ pass }: OpenSocket, event: string, values: readonly unknown[]): Promise<AdmittedMessage> {
    const stance = this.gateways.messageOf(pass.namespace, event);
    if (!stance) throw unknownEvent();
    const payload = readPayload(values);
    const state = await this.limits.take(pass.context, undefined);
    if (state?.isRefused) throw rateLimited(state.resetSeconds);
    return { payload, context: await this.door.enter(pass, { event, ...stance }) };
  }
}

/** One plain object, or nothing: no lists, no buffers, and nothing that PostgreSQL or a prototype could stumble over. */
function readPayload([payload = {}, ...more]: readonly unknown[]): object {
  const isPlain =
    typeof payload === 'object' && payload !== null && Object.getPrototypeOf(payload) === Object.prototype;
  if (!isPlain || more.length > 0) {
    throw invalidPayload([{ path: '', code: 'isObject', message: 'must be one object' }]);
  }
  const problems = findProblems(payload);
  if (problems.length > 0) throw invalidPayload(problems);
  return payload;
}
