import { Controller, Get, Param } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Actor, CurrentActor } from '../../tenancy/index.js';
import { ClerkUserAnswer } from './clerk-user.answer.js';
import { UserService } from './user.service.js';

@ApiTags('users')
@Controller('users')
export class UserController {
  constructor(private readonly users: UserService) {}

  @Get(':clerkUserId')
  @Endpoint({
    summary: 'Returns the account of a person by its id at Clerk, to that person and to superusers',
    access: 'actor',
    answer: ClerkUserAnswer,
  })
  @ApiParam({ name: 'clerkUserId', description: 'e.g. `user_2abc…`' })
  async get(@Param('clerkUserId') clerkUserId: string, @CurrentActor() actor: Actor): Promise<ClerkUserAnswer> {
    return ClerkUserAnswer.from(clerkUserId, await this.users.getByClerkId(clerkUserId, actor.id ?? ''));
  }
}
