import { Body, Controller, Delete, Get, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam, IfMatch } from '../../platform/http/parameters.js';
import { BusinessAnswer, BusinessListQuery, CreateBusiness, UpdateBusiness } from './business.dto.js';
import { BusinessService } from './business.service.js';

@ApiTags('businesses')
@Controller('businesses')
export class BusinessController {
  constructor(private readonly businesses: BusinessService) {}

  @Get()
  @Endpoint({ summary: 'Lists the businesses', access: 'MEMBER', answer: pageOf(BusinessAnswer) })
  async list(@Query() query: BusinessListQuery): Promise<Page<BusinessAnswer>> {
    const { data, page } = await this.businesses.list(query);
    return { data: data.map((row) => BusinessAnswer.from(row)), page };
  }

  @Post()
  @Endpoint({
    summary: 'Creates a business',
    access: 'ADMIN',
    status: 201,
    answer: BusinessAnswer,
    isVersioned: true,
    errors: [409],
  })
  async create(@Body() body: CreateBusiness): Promise<BusinessAnswer> {
    return BusinessAnswer.from(await this.businesses.create(body));
  }

  @Get(':id')
  @Endpoint({ summary: 'Returns a business', access: 'MEMBER', answer: BusinessAnswer, isVersioned: true })
  async get(@IdParam() id: string): Promise<BusinessAnswer> {
    return BusinessAnswer.from(await this.businesses.get(id));
  }

  @Patch(':id')
  @Endpoint({
    summary: 'Changes a business',
    access: 'ADMIN',
    answer: BusinessAnswer,
    isVersioned: true,
    errors: [409, 412],
  })
  async update(
    @IdParam() id: string,
    @Body() body: UpdateBusiness,
    @IfMatch() version: number | undefined,
  ): Promise<BusinessAnswer> {
    return BusinessAnswer.from(await this.businesses.update(id, body, version));
  }

  @Delete(':id')
  @Endpoint({ summary: 'Deactivates a business', access: 'ADMIN', isVersioned: true, errors: [412] })
  async deactivate(@IdParam() id: string, @IfMatch() version: number | undefined): Promise<void> {
    await this.businesses.deactivate(id, version);
  }

  @Put(':id/activation')
  @Endpoint({
    summary: 'Restores a business',
    access: 'ADMIN',
    answer: BusinessAnswer,
    isVersioned: true,
    errors: [412],
  })
  async restore(@IdParam() id: string, @IfMatch() version: number | undefined): Promise<BusinessAnswer> {
    return BusinessAnswer.from(await this.businesses.restore(id, version));
  }
}
