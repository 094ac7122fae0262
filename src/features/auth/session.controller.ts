import { Controller, Delete, Get, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam } from '../../platform/http/parameters.js';
import { RequireRecentLogin } from '../../platform/http/recent-logins.js';
import { type Actor, CurrentActor, CurrentSession } from '../../tenancy/index.js';
import { SessionAnswer, SessionListQuery } from './session.dto.js';
import { SessionService } from './session.service.js';

@ApiTags('auth')
@Controller('auth')
export class SessionController {
  constructor(private readonly sessions: SessionService) {}

  @Get('sessions')
  @RequireRecentLogin()
  @Endpoint({ summary: 'Lists your log-ins', access: 'actor', answer: pageOf(SessionAnswer) })
  async list(
    @CurrentActor() actor: Actor,
    @CurrentSession() sessionId: string,
    @Query() query: SessionListQuery,
  ): Promise<Page<SessionAnswer>> {
    const { data, page } = await this.sessions.list(String(actor.id), sessionId, query);
    return { data: data.map((row) => SessionAnswer.from(row)), page };
  }

  @Delete('sessions/:id')
  @RequireRecentLogin()
  @Endpoint({ summary: 'Ends one of your log-ins', access: 'actor' })
  async end(@CurrentActor() actor: Actor, @IdParam() id: string): Promise<void> {
    await this.sessions.end(String(actor.id), id);
  }

  @Post('logout-all')
  @Endpoint({ summary: 'Ends all of your log-ins, also this one', access: 'actor' })
  async logoutAll(@CurrentActor() actor: Actor): Promise<void> {
    await this.sessions.endAll(String(actor.id));
  }
}
