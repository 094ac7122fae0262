import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import { ANONYMOUS, type OrganizationContext, SocketDoor, type SocketPass } from '../../tenancy/index.js';
import { Configuration } from '../config/configuration.js';
import { toAppError } from '../http/problem.js';
import { rateLimited } from '../limits/limit.errors.js';
import { RateLimitService } from '../limits/rate-limit.service.js';
import { GatewayRegistry } from './gateway.registry.js';
import { SocketJournal } from './socket-journal.js';
import { type SocketProblem, toSocketProblem } from './socket-problem.js';
import { socketProductMismatch, tooManySockets, unknownNamespace } from './socket.errors.js';
import { SocketRegistry } from './socket.registry.js';

type Bucket = Pick<OrganizationContext, 'organizationId' | 'actor'>;

/** Lets sockets in: the door, and the limits around it. */
@Injectable()
export class SocketAdmissionService {
  constructor(
    private readonly door: SocketDoor,
    private readonly gateways: GatewayRegistry,
    private readonly registry: SocketRegistry,
    private readonly limits: RateLimitService,
    private readonly configuration: Configuration,
    private readonly journal: SocketJournal,
  ) {}

  /**
   * Lets a socket into its namespace. Never throws.
   * @returns why not, for the client; null if it is in
   */
  async admit(socket: Socket, source: string | undefined): Promise<SocketProblem | null> {
    const { name } = socket.nsp;
    try {
      const { epoch } = this.registry;
      const pass = await this.ask(socket, source);
      this.registry.admit({ socket, pass, epoch });
      const { sequence } = socket.handshake.auth as { sequence?: unknown };
      socket.data = { organizationId: pass.context.organizationId, lastSequence: sequence };
      this.journal.admitted(pass.context, name);
      return null;
    } catch (error) {
      const refusal = toAppError(error);
      const requestId = randomUUID();
      this.journal.refused(refusal, requestId, this.gateways.stanceOf(name) ? name : null);
      return toSocketProblem(refusal, requestId);
    } finally {
      // Nothing needs the token any more, and what is kept for as long as a socket lives can leak for as long.
      socket.handshake.auth = {};
      delete socket.handshake.headers.authorization;
    }
  }

  /** As in HTTP, handshakes that are refused count as well: against who it is, else against the source. */
  private async ask(socket: Socket, source: string | undefined): Promise<SocketPass> {
    const namespace = socket.nsp.name;
    const stance = this.gateways.stanceOf(namespace);
    if (!stance) throw unknownNamespace();
    const { product } = this.configuration;
    const expected = socket.handshake.headers['x-product'];
    if (expected !== undefined && expected !== product) throw socketProductMismatch(product);
    const { token, organizationId } = socket.handshake.auth as { token?: unknown; organizationId?: unknown };
    let bucket: Bucket = { organizationId: null, actor: ANONYMOUS };
    try {
      const pass = await this.door.admit({ product, namespace, token, organizationId }, stance);
      bucket = pass.context;
      this.requireRoom(pass);
      return pass;
    } finally {
      await this.limit(bucket, source);
    }
  }

  /** @throws RATE_LIMITED, also in place of a refusal of the door. */
  private async limit(bucket: Bucket, source: string | undefined): Promise<void> {
    const state = await this.limits.take(bucket, source);
    if (state?.isRefused) throw rateLimited(state.resetSeconds);
  }

  private requireRoom({ context: { organizationId } }: SocketPass): void {
    const mostOfOne = this.configuration.get('SOCKET_CONNECTIONS_PER_ORGANIZATION');
    const isFull = organizationId !== null && this.registry.countOf(organizationId) >= mostOfOne;
    if (isFull || this.registry.size >= this.configuration.get('SOCKET_CONNECTIONS')) throw tooManySockets();
  }
}
