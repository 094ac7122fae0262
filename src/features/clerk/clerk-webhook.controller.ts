import { Controller, Post, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { rawBodyOf } from '../../platform/http/raw-body.js';
import { ClerkWebhookService } from './clerk-webhook.service.js';

const SIGNED_BY = 'Standard Webhooks; `webhook-id`, `webhook-timestamp` and `webhook-signature` do as well.';

@ApiTags('webhooks')
@Controller('webhooks')
export class ClerkWebhookController {
  constructor(private readonly webhooks: ClerkWebhookService) {}

  @Post('clerk')
  @Endpoint({ summary: 'Takes an event of Clerk', access: 'public', errors: [401] })
  @ApiHeader({ name: 'svix-id', required: false, description: SIGNED_BY })
  @ApiHeader({ name: 'svix-timestamp', required: false })
  @ApiHeader({ name: 'svix-signature', required: false })
  @ApiBody({ description: 'As Clerk sends it.', schema: { type: 'object', additionalProperties: true } })
  async receive(@Req() request: Request): Promise<void> {
    await this.webhooks.receive(request.headers, rawBodyOf(request));
  }
}
