import { Body, Controller, Delete, Get, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam, IfMatch } from '../../platform/http/parameters.js';
import { RequireRecentLogin } from '../../platform/http/recent-logins.js';
import { ApiKeyAnswer, ApiKeyListQuery, CreateApiKey, IssuedApiKeyAnswer, RotateApiKey } from './api-key.dto.js';
import { ApiKeyService } from './api-key.service.js';

@ApiTags('api-keys')
@Controller('api-keys')
export class ApiKeyController {
  constructor(private readonly keys: ApiKeyService) {}

  @Get()
  @Endpoint({ summary: 'Lists the API keys', access: 'ADMIN', answer: pageOf(ApiKeyAnswer) })
  async list(@Query() query: ApiKeyListQuery): Promise<Page<ApiKeyAnswer>> {
    const { data, page } = await this.keys.list(query);
    return { data: data.map((row) => ApiKeyAnswer.from(row)), page };
  }

  @Post()
  @RequireRecentLogin()
  @Endpoint({
    summary: 'Makes an API key, and shows it this once',
    access: 'ADMIN',
    status: 201,
    answer: IssuedApiKeyAnswer,
    isVersioned: true,
  })
  async create(@Body() body: CreateApiKey): Promise<IssuedApiKeyAnswer> {
    return IssuedApiKeyAnswer.from(await this.keys.create(body));
  }

  @Get(':id')
  @Endpoint({
    summary: 'Returns an API key, without its secret',
    access: 'ADMIN',
    answer: ApiKeyAnswer,
    isVersioned: true,
  })
  async get(@IdParam() id: string): Promise<ApiKeyAnswer> {
    return ApiKeyAnswer.from(await this.keys.get(id));
  }

  @Delete(':id')
  @Endpoint({ summary: 'Revokes an API key', access: 'ADMIN', isVersioned: true, errors: [412] })
  async revoke(@IdParam() id: string, @IfMatch() version: number | undefined): Promise<void> {
    await this.keys.revoke(id, version);
  }

  @Post(':id/rotation')
  @RequireRecentLogin()
  @Endpoint({
    summary: 'Gives an API key a new secret; the one of before works for a while',
    access: 'ADMIN',
    answer: IssuedApiKeyAnswer,
    isVersioned: true,
    errors: [412],
  })
  async rotate(
    @IdParam() id: string,
    @Body() body: RotateApiKey,
    @IfMatch() version: number | undefined,
  ): Promise<IssuedApiKeyAnswer> {
    return IssuedApiKeyAnswer.from(await this.keys.rotate(id, body, version));
  }
}
