import type { OnApplicationBootstrap } from '@nestjs/common';
import { MessageBody, SubscribeMessage } from '@nestjs/websockets';
import { OrganizationAwareGateway } from '../../platform/sockets/organization-aware.gateway.js';
import { ResourceRegistry } from '../../platform/sockets/resource.registry.js';
import { SocketEnding } from '../../platform/sockets/socket-ending.js';
import { SocketNamespace } from '../../platform/sockets/socket-namespace.decorator.js';
import { SubscriptionService } from '../../platform/sockets/subscription.service.js';
import { ChatService } from './chat.service.js';
import { ChatStreamService } from './chat-stream.service.js';
import { ChatMessageAnswer, ChatSocketMessage } from './chat.dto.js';

/** Conversations of members: who subscribes to one of their own sees answers while they are written. */
@SocketNamespace('chat', { resource: 'chat' })
export class ChatGateway extends OrganizationAwareGateway implements OnApplicationBootstrap {
  constructor(
    subscriptions: SubscriptionService,
    ending: SocketEnding,
    private readonly resources: ResourceRegistry,
    private readonly chat: ChatService,
    private readonly streams: ChatStreamService,
  ) {
    super(subscriptions, ending);
  }

  onApplicationBootstrap(): void {
    this.resources.register('chat', async (id) => await this.chat.isOwn(id));
  }

  @SubscribeMessage('message')
  async message(@MessageBody() { conversationId, content }: ChatSocketMessage): Promise<ChatMessageAnswer> {
    return ChatMessageAnswer.from(
      await this.streams.answer({ token: null, id: conversationId, content, ipAddress: null }),
    );
  }
}
