import { Body, Controller, Delete, Get, Put } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { ChoiceParam, IdParam } from '../../platform/http/parameters.js';
import { type ProviderSlug, PROVIDERS } from '../credentials/credential.types.js';
import { ClientCredentialService } from './client-credential.service.js';
import { CredentialAnswer } from './client-data.dto.js';
import { PutCredential } from './client.dto.js';

const SLUGS = Object.keys(PROVIDERS);
const ProviderParam = () => ChoiceParam('provider', SLUGS);

@ApiTags('clients')
@ApiParam({ name: 'provider', enum: SLUGS })
@Controller('clients/:id/credentials/:provider')
export class ClientCredentialController {
  constructor(private readonly credentials: ClientCredentialService) {}

  @Get()
  @Endpoint({
    summary: 'Tells what is stored of a credential, without the secret',
    access: 'MEMBER',
    answer: CredentialAnswer,
  })
  async get(@IdParam() id: string, @ProviderParam() provider: ProviderSlug): Promise<CredentialAnswer> {
    return CredentialAnswer.from(await this.credentials.get(id, provider), provider);
  }

  @Put()
  @Endpoint({ summary: 'Stores a credential in place of the one before', access: 'ADMIN', answer: CredentialAnswer })
  async put(
    @IdParam() id: string,
    @ProviderParam() provider: ProviderSlug,
    @Body() body: PutCredential,
  ): Promise<CredentialAnswer> {
    return CredentialAnswer.from(await this.credentials.put(id, provider, body), provider);
  }

  @Delete()
  @Endpoint({ summary: 'Destroys a stored credential', access: 'ADMIN' })
  async remove(@IdParam() id: string, @ProviderParam() provider: ProviderSlug): Promise<void> {
    await this.credentials.remove(id, provider);
  }
}
