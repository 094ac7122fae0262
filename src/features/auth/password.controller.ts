import { Body, Controller, Post, Put, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Actor, CurrentActor, CurrentSession } from '../../tenancy/index.js';
import {
  ChangePassword,
  PasswordResetAnswer,
  Reauthenticate,
  RequestPasswordReset,
  ResetPassword,
} from './password.dto.js';
import { PasswordMailService } from './password-mail.service.js';
import { PasswordService, RESET_SECONDS } from './password.service.js';
import { RecentLoginService } from './recent-login.service.js';
import { sourceOf } from './login-source.js';
import { SignInLimiter } from './sign-in-limiter.js';

@ApiTags('auth')
@Controller('auth')
export class PasswordController {
  constructor(
    private readonly passwords: PasswordService,
    private readonly mails: PasswordMailService,
    private readonly logins: RecentLoginService,
    private readonly limiter: SignInLimiter,
  ) {}

  @Put('password')
  @Endpoint({ summary: 'Changes your password and ends your other log-ins', access: 'actor', errors: [403] })
  async change(
    @CurrentActor() actor: Actor,
    @CurrentSession() sessionId: string,
    @Body() body: ChangePassword,
    @Req() request: Request,
  ): Promise<void> {
    const userId = String(actor.id);
    const change = () => this.passwords.change(userId, sessionId, body.currentPassword, body.newPassword);
    await this.limiter.changePassword(userId, sourceOf(request), change);
  }

  @Post('reauthentication')
  @Endpoint({ summary: 'Proves by your password that it still is you', access: 'actor', errors: [403] })
  async reauthenticate(
    @CurrentActor() actor: Actor,
    @CurrentSession() sessionId: string,
    @Body() { currentPassword }: Reauthenticate,
    @Req() request: Request,
  ): Promise<void> {
    const userId = String(actor.id);
    const prove = () => this.logins.reauthenticate(userId, sessionId, currentPassword);
    await this.limiter.changePassword(userId, sourceOf(request), prove);
  }

  @Post('password-resets')
  @Endpoint({
    summary: 'Sends a link for a new password to an address, if it has an account',
    access: 'public',
    status: 202,
    answer: PasswordResetAnswer,
  })
  async requestReset(@Body() body: RequestPasswordReset, @Req() request: Request): Promise<PasswordResetAnswer> {
    await this.limiter.requestReset(body.email, sourceOf(request));
    await this.mails.sendResetLater(body.email);
    return { expiresIn: RESET_SECONDS };
  }

  @Put('password-resets')
  @Endpoint({ summary: 'Sets a password by a link and ends all log-ins', access: 'public', errors: [422] })
  async reset(@Body() body: ResetPassword): Promise<void> {
    await this.passwords.reset(body.token, body.newPassword);
  }
}
