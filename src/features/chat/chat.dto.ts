import { ApiProperty } from '@nestjs/swagger';
import { IsString, IsUUID, MaxLength, MinLength } from 'class-validator';
import { StringField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';
import type { BegunConversation } from './chat.service.js';
import { type ChatConversation, type ChatMessage, type ChatSource, MAX_MESSAGE } from './chat.types.js';

export class ConversationListQuery extends listQuery(['createdAt']) {}
export class MessageListQuery extends listQuery(['createdAt'], 'createdAt') {}

export class SendMessage {
  @StringField({ max: MAX_MESSAGE, example: 'How do I cancel my booking?' })
  content!: string;
}

/** The same by `/chat`. */
export class ChatSocketMessage {
  @IsUUID()
  conversationId!: string;

  @IsString()
  @MinLength(1)
  @MaxLength(MAX_MESSAGE)
  content!: string;
}

export class ConversationAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty()
  messageCount!: number;
  @ApiProperty({ type: Date, nullable: true })
  lastMessageAt!: Date | null;
  @ApiProperty()
  createdAt!: Date;

  static from({ id, messageCount, lastMessageAt, createdAt }: ChatConversation): ConversationAnswer {
    return { id, messageCount, lastMessageAt, createdAt };
  }
}

export class BegunConversationAnswer extends ConversationAnswer {
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Of a visitor: to be sent as `X-Visitor-Token`. It is told here only. Null for who is logged in.',
  })
  visitorToken!: string | null;
  @ApiProperty()
  greeting!: string;

  static override from(row: BegunConversation): BegunConversationAnswer {
    return { ...ConversationAnswer.from(row), visitorToken: row.visitorToken, greeting: row.greeting };
  }
}

class ChatSourceAnswer {
  @ApiProperty({ description: 'As it is cited in the text: `[1]`.' })
  number!: number;
  @ApiProperty({ example: 'faq' })
  kind!: string;
  @ApiProperty()
  id!: string;
  @ApiProperty()
  title!: string;
}

export class ChatMessageAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ enum: ['USER', 'ASSISTANT'] })
  role!: string;
  @ApiProperty()
  content!: string;
  @ApiProperty({ type: [ChatSourceAnswer], description: 'What it cites.' })
  sources!: readonly ChatSource[];
  @ApiProperty({ type: String, nullable: true, description: '`retrieval`: made of the sources alone.' })
  model!: string | null;
  @ApiProperty()
  createdAt!: Date;

  static from({ id, role, content, sources, model, createdAt }: ChatMessage): ChatMessageAnswer {
    return { id, role, content, sources, model, createdAt };
  }
}
