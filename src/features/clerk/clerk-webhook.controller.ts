import { applyDecorators, Controller, Post, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { rawBodyOf } from '../../platform/http/raw-body.js';
import { ClerkWebhookService } from './clerk-webhook.service.js';

const ALIKE = 'Or by the name of Standard Webhooks: `webhook-…`.';

/** Documents what no parameter of a handler shows: a body that is read as bytes, and what it is signed by. */
function ApiDelivery(): MethodDecorator {
  const headers = ['svix-id', 'svix-timestamp', 'svix-signature'];
  return applyDecorators(
    ApiBody({
      description: 'As Clerk sends it; signed are the bytes.',
      schema: {
        type: 'object',
        additionalProperties: true,
        required: ['type', 'data'],
        properties: {
          type: { type: 'string', example: 'user.created' },
          timestamp: { type: 'integer', description: 'Milliseconds since 1970.' },
          data: { type: 'object', additionalProperties: true },
        },
      },
    }),
    ...headers.map((name) => ApiHeader({ name, required: false, description: ALIKE })),
  );
}

@ApiTags('webhooks')
@Controller('webhooks')
export class ClerkWebhookController {
  constructor(private readonly webhooks: ClerkWebhookService) {}

  @Post('clerk')
  @Endpoint({ summary: 'Takes an event of Clerk', access: 'public', errors: [401] })
  @ApiDelivery()
  async receive(@Req() request: Request): Promise<void> {
    await this.webhooks.receive(request.headers, rawBodyOf(request));
  }
}
