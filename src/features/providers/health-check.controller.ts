import { Controller, Post } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { ChoiceParam, IdParam } from '../../platform/http/parameters.js';
import { type ProviderSlug, PROVIDERS } from '../credentials/credential.types.js';
import { CredentialCheckService } from './credential-check.service.js';
import { HealthCheckAnswer } from './health-check.answer.js';

const SLUGS = Object.keys(PROVIDERS);

@Controller()
export class HealthCheckController {
  constructor(private readonly checks: CredentialCheckService) {}

  @Post('integrations/:id/health-check')
  @ApiTags('integrations')
  @Endpoint({ summary: 'Tries an integration at its provider', access: 'ADMIN', answer: HealthCheckAnswer })
  async checkIntegration(@IdParam() id: string): Promise<HealthCheckAnswer> {
    return HealthCheckAnswer.of(await this.checks.checkIntegration(id));
  }

  @Post('clients/:id/credentials/:provider/health-check')
  @ApiTags('clients')
  @ApiParam({ name: 'provider', enum: SLUGS })
  @Endpoint({ summary: 'Tries a credential at its provider', access: 'ADMIN', answer: HealthCheckAnswer })
  async checkCredential(
    @IdParam() id: string,
    @ChoiceParam('provider', SLUGS) provider: ProviderSlug,
  ): Promise<HealthCheckAnswer> {
    return HealthCheckAnswer.of(await this.checks.checkCredential(id, provider));
  }
}
