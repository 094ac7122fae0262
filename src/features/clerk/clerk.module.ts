import { Module } from '@nestjs/common';
import { ClerkAccountRepository } from './clerk-account.repository.js';
import { ClerkEventWorker } from './clerk-event.worker.js';
import { ClerkSyncService } from './clerk-sync.service.js';
import { ClerkWebhookController } from './clerk-webhook.controller.js';
import { ClerkWebhookService } from './clerk-webhook.service.js';
import { WebhookEventRepository } from './webhook-event.repository.js';

@Module({
  controllers: [ClerkWebhookController],
  providers: [ClerkAccountRepository, ClerkEventWorker, ClerkSyncService, ClerkWebhookService, WebhookEventRepository],
})
export class ClerkModule {}
