import { Body, Controller, Delete, Get, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IfMatch } from '../../platform/http/parameters.js';
import { type Actor, CurrentActor } from '../../tenancy/index.js';
import {
  CreateOrganization,
  OrganizationAnswer,
  OrganizationListQuery,
  OwnOrganizationAnswer,
  UpdateOrganization,
} from './organization.dto.js';
import { OrganizationService } from './organization.service.js';
import { OwnOrganizationsService } from './own-organizations.service.js';

@ApiTags('organizations')
@Controller('organizations')
export class OrganizationController {
  constructor(
    private readonly organizations: OrganizationService,
    private readonly own: OwnOrganizationsService,
  ) {}

  @Get()
  @Endpoint({
    summary: 'Lists the organizations you belong to',
    access: 'actor',
    answer: pageOf(OwnOrganizationAnswer),
  })
  async list(
    @CurrentActor() actor: Actor,
    @Query() query: OrganizationListQuery,
  ): Promise<Page<OwnOrganizationAnswer>> {
    const { data, page } = await this.own.listOwn(String(actor.id), query);
    return { data: data.map((row) => OwnOrganizationAnswer.from(row)), page };
  }

  @Post()
  @Endpoint({
    summary: 'Creates an organization that you own',
    access: 'actor',
    status: 201,
    answer: OrganizationAnswer,
    errors: [409],
  })
  async create(@CurrentActor() actor: Actor, @Body() body: CreateOrganization): Promise<OrganizationAnswer> {
    return OrganizationAnswer.from(await this.organizations.create(String(actor.id), body));
  }

  @Get('current')
  @Endpoint({
    summary: 'Returns the current organization',
    access: 'MEMBER',
    answer: OrganizationAnswer,
    isVersioned: true,
  })
  async getCurrent(): Promise<OrganizationAnswer> {
    return OrganizationAnswer.from(await this.organizations.getCurrent());
  }

  @Patch('current')
  @Endpoint({
    summary: 'Changes the current organization',
    access: 'ADMIN',
    answer: OrganizationAnswer,
    isVersioned: true,
    errors: [409, 412],
  })
  async update(@Body() body: UpdateOrganization, @IfMatch() version: number | undefined): Promise<OrganizationAnswer> {
    return OrganizationAnswer.from(await this.organizations.update(body, version));
  }

  @Delete('current')
  @Endpoint({ summary: 'Deactivates the current organization', access: 'OWNER', isVersioned: true, errors: [412] })
  async deactivate(@IfMatch() version: number | undefined): Promise<void> {
    await this.organizations.deactivate(version);
  }
}
