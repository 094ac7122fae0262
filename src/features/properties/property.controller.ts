import { Body, Controller, Delete, Get, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam, IfMatch } from '../../platform/http/parameters.js';
import { CreateProperty, PropertyAnswer, PropertyListQuery, Publication, UpdateProperty } from './property.dto.js';
import { PropertyService } from './property.service.js';

/** What every change of a listing answers. */
const CHANGE = { access: 'ADMIN', answer: PropertyAnswer, isVersioned: true, errors: [412] } as const;

@ApiTags('properties')
@Controller('properties')
export class PropertyController {
  constructor(private readonly properties: PropertyService) {}

  @Get()
  @Endpoint({
    summary: 'Lists the properties of the organization, drafts as well',
    access: 'MEMBER',
    answer: pageOf(PropertyAnswer),
  })
  async list(@Query() query: PropertyListQuery): Promise<Page<PropertyAnswer>> {
    const { data, page } = await this.properties.list(query);
    return { data: data.map((row) => PropertyAnswer.of(row)), page };
  }

  @Post()
  @Endpoint({
    summary: 'Creates a property as a draft',
    access: 'ADMIN',
    status: 201,
    answer: PropertyAnswer,
    isVersioned: true,
  })
  async create(@Body() body: CreateProperty): Promise<PropertyAnswer> {
    return PropertyAnswer.of(await this.properties.create(body));
  }

  @Get(':id')
  @Endpoint({ summary: 'Returns a property', access: 'MEMBER', answer: PropertyAnswer, isVersioned: true })
  async get(@IdParam() id: string): Promise<PropertyAnswer> {
    return PropertyAnswer.of(await this.properties.get(id));
  }

  @Patch(':id')
  @Endpoint({ summary: 'Changes a property', ...CHANGE })
  async update(
    @IdParam() id: string,
    @Body() body: UpdateProperty,
    @IfMatch() version: number | undefined,
  ): Promise<PropertyAnswer> {
    return PropertyAnswer.of(await this.properties.update(id, body, version));
  }

  @Delete(':id')
  @Endpoint({ summary: 'Deactivates a property', access: 'ADMIN', isVersioned: true, errors: [412] })
  async deactivate(@IdParam() id: string, @IfMatch() version: number | undefined): Promise<void> {
    await this.properties.deactivate(id, version);
  }

  @Put(':id/activation')
  @Endpoint({ summary: 'Restores a property as a draft', ...CHANGE })
  async restore(@IdParam() id: string, @IfMatch() version: number | undefined): Promise<PropertyAnswer> {
    return PropertyAnswer.of(await this.properties.restore(id, version));
  }

  @Put(':id/publication')
  @Endpoint({ summary: 'Lets everybody read a property, or makes it a draft again', ...CHANGE })
  async publish(
    @IdParam() id: string,
    @Body() body: Publication,
    @IfMatch() version: number | undefined,
  ): Promise<PropertyAnswer> {
    return PropertyAnswer.of(await this.properties.setPublication(id, body.isPublished, version));
  }
}
