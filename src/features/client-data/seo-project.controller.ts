import { Body, Controller, Delete, Get, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam, IfMatch } from '../../platform/http/parameters.js';
import {
  CreateKeyword,
  CreateSeoProject,
  KeywordAnswer,
  KeywordListQuery,
  SeoProjectAnswer,
  SeoProjectListQuery,
  UpdateSeoProject,
} from './seo-project.dto.js';
import { SeoProjectService } from './seo-project.service.js';

@ApiTags('clients')
@Controller()
export class SeoProjectController {
  constructor(private readonly projects: SeoProjectService) {}

  @Get('clients/:id/seo-projects')
  @Endpoint({ summary: 'Lists the SEO projects of a client', access: 'MEMBER', answer: pageOf(SeoProjectAnswer) })
  async list(@IdParam() id: string, @Query() query: SeoProjectListQuery): Promise<Page<SeoProjectAnswer>> {
    const { data, page } = await this.projects.list(id, query);
    return { data: data.map((row) => SeoProjectAnswer.from(row)), page };
  }

  @Post('clients/:id/seo-projects')
  @Endpoint({
    summary: 'Creates an SEO project',
    access: 'ADMIN',
    status: 201,
    answer: SeoProjectAnswer,
    isVersioned: true,
  })
  async create(@IdParam() id: string, @Body() body: CreateSeoProject): Promise<SeoProjectAnswer> {
    return SeoProjectAnswer.from(await this.projects.create(id, body));
  }

  @Get('seo-projects/:id')
  @Endpoint({ summary: 'Returns an SEO project', access: 'MEMBER', answer: SeoProjectAnswer, isVersioned: true })
  async get(@IdParam() id: string): Promise<SeoProjectAnswer> {
    return SeoProjectAnswer.from(await this.projects.get(id));
  }

  @Patch('seo-projects/:id')
  @Endpoint({
    summary: 'Changes an SEO project',
    access: 'ADMIN',
    answer: SeoProjectAnswer,
    isVersioned: true,
    errors: [412],
  })
  async update(
    @IdParam() id: string,
    @Body() body: UpdateSeoProject,
    @IfMatch() version: number | undefined,
  ): Promise<SeoProjectAnswer> {
    return SeoProjectAnswer.from(await this.projects.update(id, body, version));
  }

  @Delete('seo-projects/:id')
  @Endpoint({ summary: 'Deactivates an SEO project', access: 'ADMIN', isVersioned: true, errors: [412] })
  async deactivate(@IdParam() id: string, @IfMatch() version: number | undefined): Promise<void> {
    await this.projects.deactivate(id, version);
  }

  @Put('seo-projects/:id/activation')
  @Endpoint({
    summary: 'Restores an SEO project',
    access: 'ADMIN',
    answer: SeoProjectAnswer,
    isVersioned: true,
    errors: [412],
  })
  async restore(@IdParam() id: string, @IfMatch() version: number | undefined): Promise<SeoProjectAnswer> {
    return SeoProjectAnswer.from(await this.projects.restore(id, version));
  }

  @Get('seo-projects/:id/keywords')
  @Endpoint({ summary: 'Lists the keywords of an SEO project', access: 'MEMBER', answer: pageOf(KeywordAnswer) })
  async listKeywords(@IdParam() id: string, @Query() query: KeywordListQuery): Promise<Page<KeywordAnswer>> {
    const { data, page } = await this.projects.listKeywords(id, query);
    return { data: data.map((row) => KeywordAnswer.from(row)), page };
  }

  @Post('seo-projects/:id/keywords')
  @Endpoint({ summary: 'Adds a keyword', access: 'ADMIN', status: 201, answer: KeywordAnswer, errors: [409] })
  async addKeyword(@IdParam() id: string, @Body() body: CreateKeyword): Promise<KeywordAnswer> {
    return KeywordAnswer.from(await this.projects.addKeyword(id, body));
  }

  @Delete('seo-projects/:id/keywords/:keywordId')
  @Endpoint({ summary: 'Removes a keyword', access: 'ADMIN' })
  async removeKeyword(@IdParam() id: string, @IdParam('keywordId') keywordId: string): Promise<void> {
    await this.projects.removeKeyword(id, keywordId);
  }
}
