import { Body, Controller, Delete, Get, Headers, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam, IfMatch } from '../../platform/http/parameters.js';
import { AcceptanceService } from './acceptance.service.js';
import { CallerService } from './caller.service.js';
import {
  AcceptanceAnswer,
  AcceptInvitation,
  CreateInvitation,
  InvitationAnswer,
  InvitationListQuery,
  IssuedInvitationAnswer,
} from './invitation.dto.js';
import { InvitationService } from './invitation.service.js';

@ApiTags('invitations')
@Controller('invitations')
export class InvitationController {
  constructor(
    private readonly invitations: InvitationService,
    private readonly acceptance: AcceptanceService,
    private readonly callers: CallerService,
  ) {}

  @Get()
  @Endpoint({ summary: 'Lists the invitations', access: 'ADMIN', answer: pageOf(InvitationAnswer) })
  async list(@Query() query: InvitationListQuery): Promise<Page<InvitationAnswer>> {
    const { data, page } = await this.invitations.list(query);
    return { data: data.map((row) => InvitationAnswer.from(row)), page };
  }

  @Post()
  @Endpoint({
    summary: 'Invites a person by e-mail',
    access: 'ADMIN',
    status: 201,
    answer: IssuedInvitationAnswer,
    errors: [409],
  })
  async create(@Body() body: CreateInvitation): Promise<IssuedInvitationAnswer> {
    return IssuedInvitationAnswer.of(await this.invitations.create(body));
  }

  @Post('accept')
  @Endpoint({
    summary: 'Accepts an invitation, logged in as the invited person or with a new account',
    access: 'public',
    answer: AcceptanceAnswer,
    errors: [401, 403, 404, 409],
  })
  async accept(
    @Body() body: AcceptInvitation,
    @Headers('authorization') authorization: string | undefined,
  ): Promise<AcceptanceAnswer> {
    return await this.acceptance.accept(body, await this.callers.find(authorization));
  }

  @Get(':id')
  @Endpoint({ summary: 'Returns an invitation', access: 'ADMIN', answer: InvitationAnswer, isVersioned: true })
  async get(@IdParam() id: string): Promise<InvitationAnswer> {
    return InvitationAnswer.from(await this.invitations.get(id));
  }

  @Post(':id/resend')
  @Endpoint({
    summary: 'Sends an invitation again with a new token',
    access: 'ADMIN',
    answer: IssuedInvitationAnswer,
    errors: [409, 422],
  })
  async resend(@IdParam() id: string): Promise<IssuedInvitationAnswer> {
    return IssuedInvitationAnswer.of(await this.invitations.resend(id));
  }

  @Delete(':id')
  @Endpoint({ summary: 'Revokes an invitation', access: 'ADMIN', isVersioned: true, errors: [412, 422] })
  async revoke(@IdParam() id: string, @IfMatch() version: number | undefined): Promise<void> {
    await this.invitations.revoke(id, version);
  }
}
