import { Body, Controller, Delete, Get, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam, IfMatch } from '../../platform/http/parameters.js';
import { type Actor, CurrentActor } from '../../tenancy/index.js';
import {
  CreateFaq,
  FaqAdminListQuery,
  FaqAnalyticsAnswer,
  FaqAnalyticsQuery,
  FaqAnswer,
  FaqVersionListQuery,
  FaqVersionsAnswer,
  UpdateFaq,
} from './faq-admin.dto.js';
import { FaqDocumentService } from './faq-document.service.js';

const ACCESS = { access: 'actor', answer: FaqAnswer, isVersioned: true } as const;

/** For people of the platform. */
@ApiTags('faqs')
@Controller('admin')
export class FaqDocumentController {
  constructor(private readonly documents: FaqDocumentService) {}

  @Get('faqs')
  @Endpoint({ summary: 'Lists questions in every state (superusers)', access: 'actor', answer: pageOf(FaqAnswer) })
  async list(@CurrentActor() actor: Actor, @Query() query: FaqAdminListQuery): Promise<Page<FaqAnswer>> {
    const { data, page } = await this.documents.list(String(actor.id), query);
    return { data: data.map((row) => FaqAnswer.from(row)), page };
  }

  @Post('faqs')
  @Endpoint({ ...ACCESS, summary: 'Writes a question and its answer (superusers)', status: 201 })
  async create(@CurrentActor() actor: Actor, @Body() body: CreateFaq): Promise<FaqAnswer> {
    return FaqAnswer.from(await this.documents.create(String(actor.id), body));
  }

  @Get('faqs/:id')
  @Endpoint({ ...ACCESS, summary: 'Returns a question in any state (superusers)' })
  async get(@CurrentActor() actor: Actor, @IdParam() id: string): Promise<FaqAnswer> {
    return FaqAnswer.from(await this.documents.get(String(actor.id), id));
  }

  @Patch('faqs/:id')
  @Endpoint({ ...ACCESS, summary: 'Changes, publishes or archives a question (superusers)', errors: [412] })
  async update(
    @CurrentActor() actor: Actor,
    @IdParam() id: string,
    @Body() body: UpdateFaq,
    @IfMatch() version: number | undefined,
  ): Promise<FaqAnswer> {
    return FaqAnswer.from(await this.documents.update(String(actor.id), id, body, version));
  }

  @Delete('faqs/:id')
  @Endpoint({ summary: 'Archives a question (superusers)', access: 'actor', isVersioned: true, errors: [412] })
  async archive(
    @CurrentActor() actor: Actor,
    @IdParam() id: string,
    @IfMatch() version: number | undefined,
  ): Promise<void> {
    await this.documents.archive(String(actor.id), id, version);
  }

  @Get('faqs/:id/versions')
  @Endpoint({
    summary: 'Lists how a question was after each change (superusers)',
    access: 'actor',
    answer: FaqVersionsAnswer,
  })
  async listVersions(
    @CurrentActor() actor: Actor,
    @IdParam() id: string,
    @Query() query: FaqVersionListQuery,
  ): Promise<FaqVersionsAnswer> {
    return FaqVersionsAnswer.from(await this.documents.listVersions(String(actor.id), id, query));
  }

  @Get('faq-analytics')
  @Endpoint({
    summary: 'Counts views, votes and searches in vain (superusers)',
    access: 'actor',
    answer: FaqAnalyticsAnswer,
  })
  async listCounts(
    @CurrentActor() actor: Actor,
    @Query() { days, limit }: FaqAnalyticsQuery,
  ): Promise<FaqAnalyticsAnswer> {
    return FaqAnalyticsAnswer.from(await this.documents.listCounts(String(actor.id), days, limit));
  }
}
