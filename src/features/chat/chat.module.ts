import { Module } from '@nestjs/common';
import { UserModule } from '../users/user.module.js';
import { ChatAnswerService } from './chat-answer.service.js';
import { ChatConfigController } from './chat-config.controller.js';
import { ChatConfigRepository } from './chat-config.repository.js';
import { ChatConfigService } from './chat-config.service.js';
import { ChatController } from './chat.controller.js';
import { ChatGateway } from './chat.gateway.js';
import { ChatRepository } from './chat.repository.js';
import { ChatService } from './chat.service.js';
import { ChatStreamService } from './chat-stream.service.js';
import { ChatToolbox } from './chat-toolbox.js';

@Module({
  imports: [UserModule],
  controllers: [ChatConfigController, ChatController],
  providers: [
    ChatAnswerService,
    ChatConfigRepository,
    ChatConfigService,
    ChatGateway,
    ChatRepository,
    ChatService,
    ChatStreamService,
    ChatToolbox,
  ],
})
export class ChatModule {}
