import { Controller, Get, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Actor, CurrentActor } from '../../tenancy/index.js';
import { AccessExplanation, AccessQuestion } from './access-explanation.dto.js';
import { AccessExplanationService } from './access-explanation.service.js';

@ApiTags('members')
@Controller('access')
export class AccessExplanationController {
  constructor(private readonly explanations: AccessExplanationService) {}

  @Get('explanation')
  @Endpoint({ summary: 'Tells why a person can or cannot work here', access: 'ADMIN', answer: AccessExplanation })
  async explain(
    @CurrentActor() actor: Actor,
    @Query() question: AccessQuestion,
    @Req() request: Request,
  ): Promise<AccessExplanation> {
    return await this.explanations.explain(question, sourceOf(actor, request));
  }
}

function sourceOf({ type }: Actor, { headers }: Request): string {
  if (headers['x-organization-id'] !== undefined) return 'the header X-Organization-Id';
  return type === 'apiKey' ? 'the API key, which belongs to it' : 'the log-in, whose active organization it is';
}
