import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { type Actor, CurrentActor } from '../../tenancy/index.js';
import { QueueAnswer } from './job.dto.js';
import { PlatformQueueService } from './platform-queue.service.js';

@ApiTags('platform')
@Controller('platform/queues')
export class PlatformQueueController {
  constructor(private readonly queues: PlatformQueueService) {}

  @Get()
  @Endpoint({
    summary: 'Shows what waits, runs and was refused, over all organizations (superusers)',
    access: 'actor',
    answer: pageOf(QueueAnswer),
    errors: [403],
  })
  async list(@CurrentActor() actor: Actor): Promise<Page<QueueAnswer>> {
    return { data: [await this.queues.getFor(String(actor.id))], page: { nextCursor: null, hasMore: false } };
  }
}
