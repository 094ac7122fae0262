import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { type Actor, CurrentActor } from '../../tenancy/index.js';
import { PlatformOrganizationAnswer, PlatformOrganizationQuery } from './platform-organization.dto.js';
import { PlatformOrganizationService } from './platform-organization.service.js';

/** Which organizations there are. What they own, a superuser sees in a support session only. */
@ApiTags('platform')
@Controller('platform/organizations')
export class PlatformOrganizationController {
  constructor(private readonly organizations: PlatformOrganizationService) {}

  @Get()
  @Endpoint({
    summary: 'Lists the organizations of the product (superusers, with a reason)',
    access: 'actor',
    answer: pageOf(PlatformOrganizationAnswer),
    errors: [403],
  })
  async list(
    @CurrentActor() actor: Actor,
    @Query() query: PlatformOrganizationQuery,
  ): Promise<Page<PlatformOrganizationAnswer>> {
    const { data, page } = await this.organizations.list(String(actor.id), query);
    return { data: data.map((row) => PlatformOrganizationAnswer.from(row)), page };
  }
}
