import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Actor, CurrentActor, CurrentSession } from '../../tenancy/index.js';
import {
  LoginAnswer,
  LoginRequest,
  MeAnswer,
  RefreshRequest,
  Register,
  SwitchAnswer,
  SwitchOrganization,
} from './auth.dto.js';
import { AuthService } from './auth.service.js';
import { sourceOf } from './login-source.js';
import { RegistrationService } from './registration.service.js';
import { SignInLimiter } from './sign-in-limiter.js';

@ApiTags('auth')
@Controller('auth')
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly registration: RegistrationService,
    private readonly limiter: SignInLimiter,
  ) {}

  @Post('register')
  @Endpoint({
    summary: 'Creates an account and logs it in',
    access: 'public',
    status: 201,
    answer: LoginAnswer,
    errors: [409],
  })
  async register(@Body() body: Register, @Req() request: Request): Promise<LoginAnswer> {
    const source = sourceOf(request);
    const register = () => this.registration.register(body, source);
    return LoginAnswer.from(await this.limiter.register(body.email, source, register));
  }

  @Post('login')
  @Endpoint({ summary: 'Logs in with a password', access: 'public', answer: LoginAnswer, errors: [401] })
  async login(@Body() body: LoginRequest, @Req() request: Request): Promise<LoginAnswer> {
    const source = sourceOf(request);
    const login = () => this.auth.login(body.email, body.password, source);
    return LoginAnswer.from(await this.limiter.login(body.email, source, login));
  }

  @Post('refresh')
  @Endpoint({
    summary: 'Exchanges a refresh token for new tokens',
    access: 'public',
    answer: LoginAnswer,
    errors: [401],
  })
  async refresh(@Body() body: RefreshRequest): Promise<LoginAnswer> {
    return LoginAnswer.from(await this.auth.refresh(body.refreshToken));
  }

  @Post('logout')
  @Endpoint({ summary: 'Ends this log-in', access: 'actor' })
  async logout(@CurrentSession() sessionId: string): Promise<void> {
    await this.auth.logout(sessionId);
  }

  @Get('me')
  @Endpoint({ summary: 'Tells who you are and where you belong', access: 'actor', answer: MeAnswer })
  async me(@CurrentActor() actor: Actor, @CurrentSession() sessionId: string): Promise<MeAnswer> {
    return MeAnswer.from(await this.auth.me(String(actor.id), sessionId));
  }

  @Post('switch-organization')
  @Endpoint({
    summary: 'Makes an organization the active one of this log-in',
    access: 'actor',
    answer: SwitchAnswer,
    errors: [404],
  })
  async switchOrganization(
    @CurrentActor() actor: Actor,
    @CurrentSession() sessionId: string,
    @Body() body: SwitchOrganization,
  ): Promise<SwitchAnswer> {
    const { organizationId } = body;
    return { activeOrganizationId: await this.auth.switchOrganization(String(actor.id), sessionId, organizationId) };
  }
}
