import { Body, Controller, Delete, Get, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam, IfMatch } from '../../platform/http/parameters.js';
import { ClientDataAnswer } from './client-data.dto.js';
import { ClientDataService } from './client-data.service.js';
import { ClientAnswer, ClientListQuery, CreateClient, UpdateClient } from './client.dto.js';
import { ClientService } from './client.service.js';

@ApiTags('clients')
@Controller('clients')
export class ClientController {
  constructor(
    private readonly clients: ClientService,
    private readonly data: ClientDataService,
  ) {}

  @Get()
  @Endpoint({ summary: 'Lists the clients', access: 'MEMBER', answer: pageOf(ClientAnswer) })
  async list(@Query() query: ClientListQuery): Promise<Page<ClientAnswer>> {
    const { data, page } = await this.clients.list(query);
    return { data: data.map((row) => ClientAnswer.from(row)), page };
  }

  @Post()
  @Endpoint({ summary: 'Creates a client', access: 'ADMIN', status: 201, answer: ClientAnswer, isVersioned: true })
  async create(@Body() body: CreateClient): Promise<ClientAnswer> {
    return ClientAnswer.from(await this.clients.create(body));
  }

  @Get(':id')
  @Endpoint({ summary: 'Returns a client', access: 'MEMBER', answer: ClientAnswer, isVersioned: true })
  async get(@IdParam() id: string): Promise<ClientAnswer> {
    return ClientAnswer.from(await this.data.getClientById(id));
  }

  @Get(':id/data')
  @Endpoint({ summary: 'Returns everything known of a client', access: 'MEMBER', answer: ClientDataAnswer })
  async getData(@IdParam() id: string): Promise<ClientDataAnswer> {
    return ClientDataAnswer.fromData(await this.data.getClientData(id));
  }

  @Patch(':id')
  @Endpoint({ summary: 'Changes a client', access: 'ADMIN', answer: ClientAnswer, isVersioned: true, errors: [412] })
  async update(
    @IdParam() id: string,
    @Body() body: UpdateClient,
    @IfMatch() version: number | undefined,
  ): Promise<ClientAnswer> {
    return ClientAnswer.from(await this.clients.update(id, body, version));
  }

  @Delete(':id')
  @Endpoint({ summary: 'Deactivates a client', access: 'ADMIN', isVersioned: true, errors: [412] })
  async deactivate(@IdParam() id: string, @IfMatch() version: number | undefined): Promise<void> {
    await this.clients.deactivate(id, version);
  }

  @Put(':id/activation')
  @Endpoint({ summary: 'Restores a client', access: 'ADMIN', answer: ClientAnswer, isVersioned: true, errors: [412] })
  async restore(@IdParam() id: string, @IfMatch() version: number | undefined): Promise<ClientAnswer> {
    return ClientAnswer.from(await this.clients.restore(id, version));
  }
}
