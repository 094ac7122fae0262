import { Controller, Delete } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { IdParam } from '../../platform/http/parameters.js';
import { RequireRecentLogin } from '../../platform/http/recent-logins.js';
import { type Actor, CurrentActor } from '../../tenancy/index.js';
import { EndedSessionsAnswer } from './session.dto.js';
import { SessionService } from './session.service.js';

/** How people of the platform lock a thief out. */
@ApiTags('platform')
@Controller('platform')
export class PlatformSessionController {
  constructor(private readonly sessions: SessionService) {}

  @Delete('users/:id/sessions')
  @RequireRecentLogin()
  @Endpoint({
    summary: 'Ends all log-ins of a person (superusers)',
    access: 'actor',
    answer: EndedSessionsAnswer,
    errors: [403],
  })
  async endOfUser(@CurrentActor() actor: Actor, @IdParam() id: string): Promise<EndedSessionsAnswer> {
    return { ended: await this.sessions.endAllOf(String(actor.id), id) };
  }
}
