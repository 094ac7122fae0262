import { Body, Controller, Delete, Get, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IfMatch } from '../../platform/http/parameters.js';
import { RequireRecentLogin } from '../../platform/http/recent-logins.js';
import { type Actor, CurrentActor } from '../../tenancy/index.js';
import {
  CreateOrganization,
  OrganizationAnswer,
  OrganizationListQuery,
  OwnOrganizationAnswer,
  RestoreOrganization,
  TransferOwnership,
  UpdateOrganization,
} from './organization.dto.js';
import { OrganizationService } from './organization.service.js';
import { OwnershipService } from './ownership.service.js';
import { OwnOrganizationsService } from './own-organizations.service.js';
import { RestorationService } from './restoration.service.js';

@ApiTags('organizations')
@Controller('organizations')
export class OrganizationController {
  constructor(
    private readonly organizations: OrganizationService,
    private readonly own: OwnOrganizationsService,
    private readonly ownership: OwnershipService,
    private readonly restoration: RestorationService,
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
  @RequireRecentLogin()
  @Endpoint({ summary: 'Deactivates the current organization', access: 'OWNER', isVersioned: true, errors: [412] })
  async deactivate(@IfMatch() version: number | undefined): Promise<void> {
    await this.organizations.deactivate(version);
  }

  @Put('current/owner')
  @RequireRecentLogin()
  @Endpoint({
    summary: 'Hands the organization over to another member',
    access: 'OWNER',
    answer: OrganizationAnswer,
    isVersioned: true,
    errors: [412],
  })
  async transfer(@Body() body: TransferOwnership, @IfMatch() version: number | undefined): Promise<OrganizationAnswer> {
    return OrganizationAnswer.from(await this.ownership.transfer(body.userId, version));
  }

  // Outside every organization: the door lets nobody into one that is deactivated.
  @Put('current/activation')
  @Endpoint({
    summary: 'Restores a deactivated organization that you own',
    access: 'actor',
    answer: OrganizationAnswer,
    errors: [403],
  })
  async restore(@CurrentActor() actor: Actor, @Body() body: RestoreOrganization): Promise<OrganizationAnswer> {
    return OrganizationAnswer.from(await this.restoration.restore(String(actor.id), body.organizationId));
  }
}
