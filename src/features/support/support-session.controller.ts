import { Body, Controller, Delete, Get, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam } from '../../platform/http/parameters.js';
import { OrganizationService } from '../organizations/organization.service.js';
import { SupportApprovalRequirement, SupportSessionAnswer, SupportSessionListQuery } from './support.dto.js';
import { SupportSessionService } from './support-session.service.js';

/** What an organization sees of the platform's support, and can do about it. */
@ApiTags('support')
@Controller('support-sessions')
export class SupportSessionController {
  constructor(
    private readonly sessions: SupportSessionService,
    private readonly organizations: OrganizationService,
  ) {}

  @Get()
  @Endpoint({
    summary: 'Lists who of the platform works or worked in this organization, and why',
    access: 'ADMIN',
    answer: pageOf(SupportSessionAnswer),
  })
  async list(@Query() query: SupportSessionListQuery): Promise<Page<SupportSessionAnswer>> {
    const { data, page } = await this.sessions.list(query);
    return { data: data.map((row) => SupportSessionAnswer.from(row)), page };
  }

  @Put('approval-requirement')
  @Endpoint({ summary: 'Says whether support needs an owner’s approval from now on', access: 'OWNER' })
  async requireApproval(@Body() body: SupportApprovalRequirement): Promise<void> {
    await this.organizations.requireSupportApproval(body.isRequired);
  }

  @Put(':id/approval')
  @Endpoint({ summary: 'Lets support in', access: 'OWNER', answer: SupportSessionAnswer, errors: [422] })
  async approve(@IdParam() id: string): Promise<SupportSessionAnswer> {
    return SupportSessionAnswer.from(await this.sessions.approve(id));
  }

  @Delete(':id')
  @Endpoint({ summary: 'Ends a support session', access: 'OWNER', errors: [422] })
  async end(@IdParam() id: string): Promise<void> {
    await this.sessions.end(id);
  }
}
