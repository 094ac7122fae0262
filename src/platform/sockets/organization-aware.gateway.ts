import { Injectable } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  SubscribeMessage,
} from '@nestjs/websockets';
import type { Socket } from 'socket.io';
import { ReadsOnly } from '../../tenancy/index.js';
import { SocketEnding } from './socket-ending.js';
import { type Subscribed, SubscribePayload, UnsubscribePayload } from './subscription.dto.js';
import { SubscriptionService } from './subscription.service.js';

/**
 * What every namespace of an organization extends. Handlers and hooks run inside the organization's context, with the role
 * that the sender has at that moment. A message that changes something needs nothing more; one that does not is marked
 * `@ReadsOnly()`, one that not every member may send `@RequireRole(...)`.
 * @example
 * \@SocketNamespace('research', \{ resource: 'research-reports' \})
 * export class ResearchGateway extends OrganizationAwareGateway \{\}
 */
@Injectable()
export abstract class OrganizationAwareGateway implements OnGatewayConnection, OnGatewayDisconnect {
  constructor(
    protected readonly subscriptions: SubscriptionService,
    private readonly ending: SocketEnding,
  ) {}

  /** Not to be overridden: a hook that fails ends the socket, where Nest would end the process. */
  async handleConnection(socket: Socket): Promise<void> {
    try {
      await this.onConnect(socket);
      await this.subscriptions.open(socket);
    } catch (error) {
      this.ending.end(socket, error);
    }
  }

  async handleDisconnect(socket: Socket): Promise<void> {
    try {
      await this.onDisconnect(socket);
    } catch (error) {
      this.ending.end(socket, error);
    }
  }

  @SubscribeMessage('subscribe')
  @ReadsOnly()
  async subscribe(@ConnectedSocket() socket: Socket, @MessageBody() body: SubscribePayload): Promise<Subscribed> {
    return await this.subscriptions.subscribe(socket, body);
  }

  @SubscribeMessage('unsubscribe')
  @ReadsOnly()
  unsubscribe(@ConnectedSocket() socket: Socket, @MessageBody() body: UnsubscribePayload): object {
    return this.subscriptions.unsubscribe(socket, body);
  }

  /** What a namespace does for each socket that was let in, inside its context. */
  protected onConnect(_socket: Socket): void | Promise<void> {}

  /** What a namespace does for each socket that is gone. The context is that of its handshake. */
  protected onDisconnect(_socket: Socket): void | Promise<void> {}
}
