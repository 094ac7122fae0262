import { Body, Controller, Delete, Get, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam, IfMatch } from '../../platform/http/parameters.js';
import { CreateCrew, CrewAnswer, CrewListQuery, UpdateCrew } from './crew.dto.js';
import { CrewService } from './crew.service.js';

@ApiTags('crews')
@Controller('crews')
export class CrewController {
  constructor(private readonly crews: CrewService) {}

  @Get()
  @Endpoint({ summary: 'Lists the crews', access: 'MEMBER', answer: pageOf(CrewAnswer) })
  async list(@Query() query: CrewListQuery): Promise<Page<CrewAnswer>> {
    const { data, page } = await this.crews.list(query);
    return { data: data.map((row) => CrewAnswer.from(row)), page };
  }

  @Post()
  @Endpoint({
    summary: 'Makes a crew of tasks, which must not depend on each other in a circle',
    access: 'ADMIN',
    status: 201,
    answer: CrewAnswer,
    isVersioned: true,
  })
  async create(@Body() body: CreateCrew): Promise<CrewAnswer> {
    return CrewAnswer.from(await this.crews.create(body));
  }

  @Get(':id')
  @Endpoint({ summary: 'Returns a crew', access: 'MEMBER', answer: CrewAnswer, isVersioned: true })
  async get(@IdParam() id: string): Promise<CrewAnswer> {
    return CrewAnswer.from(await this.crews.get(id));
  }

  @Patch(':id')
  @Endpoint({ summary: 'Changes a crew', access: 'ADMIN', answer: CrewAnswer, isVersioned: true, errors: [412] })
  async update(
    @IdParam() id: string,
    @Body() body: UpdateCrew,
    @IfMatch() version: number | undefined,
  ): Promise<CrewAnswer> {
    return CrewAnswer.from(await this.crews.update(id, body, version));
  }

  @Delete(':id')
  @Endpoint({ summary: 'Deactivates a crew', access: 'ADMIN', isVersioned: true, errors: [412] })
  async deactivate(@IdParam() id: string, @IfMatch() version: number | undefined): Promise<void> {
    await this.crews.deactivate(id, version);
  }

  @Put(':id/activation')
  @Endpoint({ summary: 'Restores a crew', access: 'ADMIN', answer: CrewAnswer, isVersioned: true, errors: [412] })
  async restore(@IdParam() id: string, @IfMatch() version: number | undefined): Promise<CrewAnswer> {
    return CrewAnswer.from(await this.crews.restore(id, version));
  }
}
