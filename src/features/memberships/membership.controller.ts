import { Body, Controller, Delete, Get, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam, IfMatch } from '../../platform/http/parameters.js';
import { CreateMember, MemberAnswer, MemberListQuery, UpdateMember } from './membership.dto.js';
import { MembershipService } from './membership.service.js';

@ApiTags('members')
@Controller('members')
export class MembershipController {
  constructor(private readonly memberships: MembershipService) {}

  @Get()
  @Endpoint({ summary: 'Lists the members with e-mail and role', access: 'MEMBER', answer: pageOf(MemberAnswer) })
  async list(@Query() query: MemberListQuery): Promise<Page<MemberAnswer>> {
    const { data, page } = await this.memberships.list(query);
    return { data: data.map((row) => MemberAnswer.from(row)), page };
  }

  @Post()
  @Endpoint({ summary: 'Adds a person', access: 'ADMIN', status: 201, answer: MemberAnswer, errors: [409] })
  async create(@Body() body: CreateMember): Promise<MemberAnswer> {
    return MemberAnswer.from(await this.memberships.create(body));
  }

  @Get(':id')
  @Endpoint({ summary: 'Returns a member', access: 'MEMBER', answer: MemberAnswer, isVersioned: true })
  async get(@IdParam() id: string): Promise<MemberAnswer> {
    return MemberAnswer.from(await this.memberships.get(id));
  }

  @Patch(':id')
  @Endpoint({
    summary: 'Changes the role',
    access: 'ADMIN',
    answer: MemberAnswer,
    isVersioned: true,
    errors: [412, 422],
  })
  async update(
    @IdParam() id: string,
    @Body() body: UpdateMember,
    @IfMatch() version: number | undefined,
  ): Promise<MemberAnswer> {
    return MemberAnswer.from(await this.memberships.update(id, body, version));
  }

  // Before ':id', which would take the word for one.
  @Delete('me')
  @Endpoint({ summary: 'Leaves the organization', access: 'MEMBER', isVersioned: true, errors: [412, 422] })
  async leave(@IfMatch() version: number | undefined): Promise<void> {
    await this.memberships.leave(version);
  }

  @Delete(':id')
  @Endpoint({ summary: 'Removes a member', access: 'ADMIN', isVersioned: true, errors: [412, 422] })
  async deactivate(@IdParam() id: string, @IfMatch() version: number | undefined): Promise<void> {
    await this.memberships.deactivate(id, version);
  }
}
