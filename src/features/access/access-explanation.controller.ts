import { Controller, Get, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { AccessExplanation, AccessQuestion } from './access-explanation.dto.js';
import { AccessExplanationService } from './access-explanation.service.js';

@ApiTags('members')
@Controller('access')
export class AccessExplanationController {
  constructor(private readonly explanations: AccessExplanationService) {}

  @Get('explanation')
  @Endpoint({ summary: 'Tells why a person can or cannot work here', access: 'ADMIN', answer: AccessExplanation })
  async explain(@Query() question: AccessQuestion, @Req() request: Request): Promise<AccessExplanation> {
    return await this.explanations.explain(question, sourceOf(request));
  }
}

function sourceOf({ headers }: Request): string {
  return headers['x-organization-id'] === undefined
    ? 'the active organization of the log-in, or the key’s own'
    : 'the header X-Organization-Id';
}
