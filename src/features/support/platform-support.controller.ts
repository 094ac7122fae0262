import { Body, Controller, Delete, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam } from '../../platform/http/parameters.js';
import { RequireRecentLogin } from '../../platform/http/recent-logins.js';
import { type Actor, CurrentActor } from '../../tenancy/index.js';
import { PlatformSupportService } from './platform-support.service.js';
import { OpenSupportSession, SupportSessionAnswer } from './support.dto.js';

/** How people of the platform come into an organization: with a reason, for a time, and seen by it. */
@ApiTags('platform')
@Controller('platform/support-sessions')
export class PlatformSupportController {
  constructor(private readonly support: PlatformSupportService) {}

  @Post()
  @RequireRecentLogin()
  @Endpoint({
    summary: 'Opens a support session in an organization (superusers)',
    access: 'actor',
    status: 201,
    answer: SupportSessionAnswer,
    errors: [403],
  })
  async open(@CurrentActor() actor: Actor, @Body() body: OpenSupportSession): Promise<SupportSessionAnswer> {
    return SupportSessionAnswer.from(await this.support.open(String(actor.id), body));
  }

  @Get()
  @Endpoint({
    summary: 'Lists your open support sessions (superusers)',
    access: 'actor',
    answer: pageOf(SupportSessionAnswer),
    errors: [403],
  })
  async list(@CurrentActor() actor: Actor): Promise<Page<SupportSessionAnswer>> {
    const rows = await this.support.listOwn(String(actor.id));
    return { data: rows.map((row) => SupportSessionAnswer.from(row)), page: { nextCursor: null, hasMore: false } };
  }

  @Delete(':id')
  @Endpoint({ summary: 'Ends a support session of yours (superusers)', access: 'actor', errors: [403, 422] })
  async end(@CurrentActor() actor: Actor, @IdParam() id: string): Promise<void> {
    await this.support.endOwn(String(actor.id), id);
  }
}
