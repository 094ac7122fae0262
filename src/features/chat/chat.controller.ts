import { Body, Controller, Get, Ip, Post, Query, StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam } from '../../platform/http/parameters.js';
import { WantsStream } from './answer-form.js';
import { ChatService } from './chat.service.js';
import { ChatStreamService } from './chat-stream.service.js';
import {
  BegunConversationAnswer,
  ChatMessageAnswer,
  ConversationAnswer,
  ConversationListQuery,
  MessageListQuery,
  SendMessage,
} from './chat.dto.js';
import { VISITOR_HEADER, VisitorToken } from './visitor-token.js';

/** Conversations of whoever asks: of a visitor by a secret, of a user by the log-in. */
@ApiTags('chat')
@ApiHeader({ name: VISITOR_HEADER, required: false, description: 'The secret of a visitor who is not logged in.' })
@Controller('chat/conversations')
export class ChatController {
  constructor(
    private readonly chat: ChatService,
    private readonly streams: ChatStreamService,
  ) {}

  @Post()
  @Endpoint({ summary: 'Begins a conversation', access: 'visitor', status: 201, answer: BegunConversationAnswer })
  async begin(@VisitorToken() token: string | null, @Ip() ip: string): Promise<BegunConversationAnswer> {
    return BegunConversationAnswer.from(await this.chat.begin(token, ip));
  }

  @Get()
  @Endpoint({ summary: 'Lists your conversations', access: 'visitor', answer: pageOf(ConversationAnswer) })
  async list(
    @VisitorToken() token: string | null,
    @Query() query: ConversationListQuery,
  ): Promise<Page<ConversationAnswer>> {
    const { data, page } = await this.chat.list(token, query);
    return { data: data.map((row) => ConversationAnswer.from(row)), page };
  }

  @Get(':id')
  @Endpoint({ summary: 'Returns a conversation of yours', access: 'visitor', answer: ConversationAnswer })
  async get(@VisitorToken() token: string | null, @IdParam() id: string): Promise<ConversationAnswer> {
    return ConversationAnswer.from(await this.chat.get(token, id));
  }

  @Get(':id/messages')
  @Endpoint({ summary: 'Lists what was said', access: 'visitor', answer: pageOf(ChatMessageAnswer) })
  async listMessages(
    @VisitorToken() token: string | null,
    @IdParam() id: string,
    @Query() query: MessageListQuery,
  ): Promise<Page<ChatMessageAnswer>> {
    const { data, page } = await this.chat.listMessages(token, id, query);
    return { data: data.map((row) => ChatMessageAnswer.from(row)), page };
  }

  @Post(':id/messages')
  @Endpoint({
    summary: 'Says something and returns the answer, with Accept: text/event-stream while it is written',
    access: 'visitor',
    status: 201,
    answer: ChatMessageAnswer,
    errors: [409, 422],
  })
  async send(
    @VisitorToken() token: string | null,
    @IdParam() id: string,
    @Body() { content }: SendMessage,
    @WantsStream() wantsStream: boolean,
    @Ip() ipAddress: string,
  ): Promise<ChatMessageAnswer | StreamableFile> {
    const request = { token, id, content, ipAddress };
    if (!wantsStream) return ChatMessageAnswer.from(await this.streams.answer(request));
    return new StreamableFile(await this.streams.open(request), { type: 'text/event-stream' });
  }
}
