import { Body, Controller, Delete, Get, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import type { Page } from '../../platform/http/pagination.js';
import { IdParam, IfMatch } from '../../platform/http/parameters.js';
import {
  CreateIntegration,
  IntegrationAnswer,
  IntegrationAnswerPage,
  IntegrationListQuery,
  UpdateIntegration,
} from './integration.dto.js';
import { IntegrationService } from './integration.service.js';

@ApiTags('integrations')
@Controller('integrations')
export class IntegrationController {
  constructor(private readonly integrations: IntegrationService) {}

  @Get()
  @Endpoint({ summary: 'Lists the integrations', access: 'MEMBER', answer: IntegrationAnswerPage })
  async list(@Query() query: IntegrationListQuery): Promise<Page<IntegrationAnswer>> {
    const { data, page } = await this.integrations.list(query);
    return { data: data.map((row) => IntegrationAnswer.from(row)), page };
  }

  @Post()
  @Endpoint({
    summary: 'Creates an integration',
    access: 'ADMIN',
    status: 201,
    answer: IntegrationAnswer,
    isVersioned: true,
  })
  async create(@Body() body: CreateIntegration): Promise<IntegrationAnswer> {
    return IntegrationAnswer.from(await this.integrations.create(body));
  }

  @Get(':id')
  @Endpoint({ summary: 'Returns an integration', access: 'MEMBER', answer: IntegrationAnswer, isVersioned: true })
  async get(@IdParam() id: string): Promise<IntegrationAnswer> {
    return IntegrationAnswer.from(await this.integrations.get(id));
  }

  @Patch(':id')
  @Endpoint({
    summary: 'Changes an integration',
    access: 'ADMIN',
    answer: IntegrationAnswer,
    isVersioned: true,
    errors: [412],
  })
  async update(
    @IdParam() id: string,
    @Body() body: UpdateIntegration,
    @IfMatch() version: number | undefined,
  ): Promise<IntegrationAnswer> {
    return IntegrationAnswer.from(await this.integrations.update(id, body, version));
  }

  @Delete(':id')
  @Endpoint({ summary: 'Deactivates an integration', access: 'ADMIN', isVersioned: true, errors: [412] })
  async deactivate(@IdParam() id: string, @IfMatch() version: number | undefined): Promise<void> {
    await this.integrations.deactivate(id, version);
  }

  @Put(':id/activation')
  @Endpoint({
    summary: 'Restores an integration',
    access: 'ADMIN',
    answer: IntegrationAnswer,
    isVersioned: true,
    errors: [412],
  })
  async restore(@IdParam() id: string, @IfMatch() version: number | undefined): Promise<IntegrationAnswer> {
    return IntegrationAnswer.from(await this.integrations.restore(id, version));
  }
}
