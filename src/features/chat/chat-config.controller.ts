import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { IfMatch } from '../../platform/http/parameters.js';
import { type Actor, CurrentActor } from '../../tenancy/index.js';
import { ChatConfigAnswer, PutChatConfig } from './chat-config.dto.js';
import { ChatConfigService } from './chat-config.service.js';

const ACCESS = { access: 'actor', answer: ChatConfigAnswer, isVersioned: true } as const;

/** For people of the platform. */
@ApiTags('chat')
@Controller('admin/chat-config')
export class ChatConfigController {
  constructor(private readonly settings: ChatConfigService) {}

  @Get()
  @Endpoint({ ...ACCESS, summary: 'Returns prompts and tools of the assistant (superusers)' })
  async get(@CurrentActor() actor: Actor): Promise<ChatConfigAnswer> {
    return ChatConfigAnswer.from(await this.settings.get(String(actor.id)));
  }

  @Put()
  @Endpoint({ ...ACCESS, summary: 'Sets prompts and tools of the assistant (superusers)', errors: [412] })
  async put(
    @CurrentActor() actor: Actor,
    @Body() body: PutChatConfig,
    @IfMatch() version: number | undefined,
  ): Promise<ChatConfigAnswer> {
    return ChatConfigAnswer.from(await this.settings.put(String(actor.id), body, version));
  }
}
