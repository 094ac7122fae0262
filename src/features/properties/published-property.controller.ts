import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam } from '../../platform/http/parameters.js';
import { PublishedPropertyAnswer, PublishedPropertyQuery } from './property.dto.js';
import { PublishedPropertyService } from './published-property.service.js';

@ApiTags('published properties')
@Controller('published-properties')
export class PublishedPropertyController {
  constructor(private readonly properties: PublishedPropertyService) {}

  @Get()
  @Endpoint({
    summary: 'Searches the published properties of the product',
    access: 'public',
    answer: pageOf(PublishedPropertyAnswer),
  })
  async list(@Query() query: PublishedPropertyQuery): Promise<Page<PublishedPropertyAnswer>> {
    const { data, page } = await this.properties.list(query);
    return { data: data.map((row) => PublishedPropertyAnswer.from(row)), page };
  }

  @Get(':id')
  @Endpoint({
    summary: 'Returns a published property',
    access: 'public',
    answer: PublishedPropertyAnswer,
    errors: [404],
  })
  async get(@IdParam() id: string): Promise<PublishedPropertyAnswer> {
    return PublishedPropertyAnswer.from(await this.properties.get(id));
  }
}
