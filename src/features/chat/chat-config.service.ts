import { Injectable } from '@nestjs/common';
import { versionConflict } from '../../platform/errors/general.errors.js';
import { SecurityEventService } from '../audit/security-event.service.js';
import { SuperuserService } from '../users/superuser.service.js';
import type { PutChatConfig } from './chat-config.dto.js';
import { ChatConfigRepository } from './chat-config.repository.js';
import type { ChatConfig } from './chat.types.js';

/** What the product's assistant is told and may use. Every change is on the product's record. */
@Injectable()
export class ChatConfigService {
  constructor(
    private readonly repository: ChatConfigRepository,
    private readonly superusers: SuperuserService,
    private readonly events: SecurityEventService,
  ) {}

  /** @throws SUPERUSER_REQUIRED */
  async get(userId: string): Promise<ChatConfig> {
    await this.superusers.require(userId, 'chat-config.get');
    return await this.repository.get();
  }

  /** @throws SUPERUSER_REQUIRED, VERSION_CONFLICT */
  async put(userId: string, { prompts, tools }: PutChatConfig, version: number | undefined): Promise<ChatConfig> {
    await this.superusers.require(userId, 'chat-config.put');
    const entry = { action: 'chat-config.changed', outcome: 'SUCCESS', entity: 'ChatPrompt' } as const;
    const record = this.events.toRecord({ ...entry, fields: ['prompts', 'tools'] });
    if (!(await this.repository.put(record, { prompts, tools }, version))) throw versionConflict();
    return await this.repository.get();
  }
}
