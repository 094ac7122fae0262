import { Body, Controller, Delete, Get, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam, IfMatch } from '../../platform/http/parameters.js';
import { type Actor, CurrentActor } from '../../tenancy/index.js';
import { CreateFaqCategory, FaqCategoryAnswer, FaqCategoryListQuery, UpdateFaqCategory } from './faq-admin.dto.js';
import { FaqCategoryService } from './faq-category.service.js';

const ACCESS = { access: 'actor', answer: FaqCategoryAnswer, isVersioned: true } as const;

/** For people of the platform. */
@ApiTags('faqs')
@Controller('admin/faq-categories')
export class FaqCategoryController {
  constructor(private readonly categories: FaqCategoryService) {}

  @Get()
  @Endpoint({ summary: 'Lists the categories (superusers)', access: 'actor', answer: pageOf(FaqCategoryAnswer) })
  async list(@CurrentActor() actor: Actor, @Query() query: FaqCategoryListQuery): Promise<Page<FaqCategoryAnswer>> {
    const { data, page } = await this.categories.list(String(actor.id), query);
    return { data: data.map((row) => FaqCategoryAnswer.from(row)), page };
  }

  @Post()
  @Endpoint({ ...ACCESS, summary: 'Creates a category (superusers)', status: 201, errors: [409] })
  async create(@CurrentActor() actor: Actor, @Body() body: CreateFaqCategory): Promise<FaqCategoryAnswer> {
    return FaqCategoryAnswer.from(await this.categories.create(String(actor.id), body));
  }

  @Get(':id')
  @Endpoint({ ...ACCESS, summary: 'Returns a category (superusers)' })
  async get(@CurrentActor() actor: Actor, @IdParam() id: string): Promise<FaqCategoryAnswer> {
    return FaqCategoryAnswer.from(await this.categories.get(String(actor.id), id));
  }

  @Patch(':id')
  @Endpoint({ ...ACCESS, summary: 'Changes a category (superusers)', errors: [409, 412] })
  async update(
    @CurrentActor() actor: Actor,
    @IdParam() id: string,
    @Body() body: UpdateFaqCategory,
    @IfMatch() version: number | undefined,
  ): Promise<FaqCategoryAnswer> {
    return FaqCategoryAnswer.from(await this.categories.update(String(actor.id), id, body, version));
  }

  @Delete(':id')
  @Endpoint({
    summary: 'Deactivates an empty category (superusers)',
    access: 'actor',
    isVersioned: true,
    errors: [409, 412],
  })
  async deactivate(
    @CurrentActor() actor: Actor,
    @IdParam() id: string,
    @IfMatch() version: number | undefined,
  ): Promise<void> {
    await this.categories.deactivate(String(actor.id), id, version);
  }

  @Put(':id/activation')
  @Endpoint({ ...ACCESS, summary: 'Restores a category (superusers)', errors: [412] })
  async restore(
    @CurrentActor() actor: Actor,
    @IdParam() id: string,
    @IfMatch() version: number | undefined,
  ): Promise<FaqCategoryAnswer> {
    return FaqCategoryAnswer.from(await this.categories.restore(String(actor.id), id, version));
  }
}
