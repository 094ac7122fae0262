import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, Matches, ValidateNested } from 'class-validator';
import { Type } from 'class-transformer';
import { BooleanField, NestedField, StringField } from '../../platform/http/fields.js';
import type { ChatConfig, ChatPrompts, ChatToolSetting } from './chat.types.js';

const MAX_PROMPT = 8_000;
const MAX_TOOLS = 50;
/** What the models' API allows. */
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

class ChatPromptsFields implements ChatPrompts {
  @StringField({ max: MAX_PROMPT, description: 'What the model is told before every conversation.' })
  system!: string;
  @StringField({ max: 500, description: 'What a conversation begins with.' })
  greeting!: string;
  @StringField({ max: 500, description: 'The answer when nothing is found and no model is set up.' })
  nothingFound!: string;
}

class ChatToolFields implements ChatToolSetting {
  @ApiProperty({ pattern: TOOL_NAME.source, example: 'search_knowledge' })
  @Matches(TOOL_NAME, { message: 'must be the name of a tool' })
  name!: string;
  @BooleanField()
  isEnabled!: boolean;
}

export class PutChatConfig {
  @NestedField(() => ChatPromptsFields)
  prompts!: ChatPromptsFields;
  @ApiProperty({
    type: [ChatToolFields],
    maxItems: MAX_TOOLS,
    description:
      'Tools for members in their organization are off unless they are enabled here; the search is on unless it is disabled.',
  })
  @IsArray()
  @ArrayMaxSize(MAX_TOOLS)
  @ArrayUnique((tool: ChatToolFields | null) => tool?.name)
  @ValidateNested({ each: true })
  @Type(() => ChatToolFields)
  tools!: ChatToolFields[];
}

export class ChatConfigAnswer {
  @ApiProperty({ type: ChatPromptsFields })
  prompts!: ChatPrompts;
  @ApiProperty({ type: [ChatToolFields] })
  tools!: readonly ChatToolSetting[];
  @ApiProperty({ description: 'Also the ETag of the resource; 0 until somebody changed it.' })
  version!: number;

  static from({ prompts, tools, version }: ChatConfig): ChatConfigAnswer {
    return { prompts, tools, version };
  }
}
