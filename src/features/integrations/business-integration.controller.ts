import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import type { Page } from '../../platform/http/pagination.js';
import { IdParam } from '../../platform/http/parameters.js';
import { BusinessIntegrationListQuery, IntegrationAnswer, IntegrationAnswerPage } from './integration.dto.js';
import { IntegrationService } from './integration.service.js';

@ApiTags('integrations')
@Controller()
export class BusinessIntegrationController {
  constructor(private readonly integrations: IntegrationService) {}

  @Get('businesses/:id/integrations')
  @Endpoint({ summary: 'Lists the integrations of a business', access: 'MEMBER', answer: IntegrationAnswerPage })
  async list(@IdParam() id: string, @Query() query: BusinessIntegrationListQuery): Promise<Page<IntegrationAnswer>> {
    const { data, page } = await this.integrations.listOfBusiness(id, query);
    return { data: data.map((row) => IntegrationAnswer.from(row)), page };
  }

  @Get('organizations/:organizationSlug/businesses/:businessSlug/integrations')
  @ApiParam({ name: 'organizationSlug', type: String })
  @Endpoint({
    summary: 'Lists the integrations of a business by slugs',
    access: 'MEMBER',
    answer: IntegrationAnswerPage,
  })
  async listBySlugs(
    @Param('businessSlug') businessSlug: string,
    @Query() query: BusinessIntegrationListQuery,
  ): Promise<Page<IntegrationAnswer>> {
    const { data, page } = await this.integrations.listOfBusinessBySlug(businessSlug, query);
    return { data: data.map((row) => IntegrationAnswer.from(row)), page };
  }
}
