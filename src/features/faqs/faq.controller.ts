import { Body, Controller, Get, Ip, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam } from '../../platform/http/parameters.js';
import {
  FaqFeedback,
  FaqListQuery,
  FaqSearchAnswer,
  FaqSearchQuery,
  FaqWithRelatedAnswer,
  PublishedFaqAnswer,
} from './faq.dto.js';
import { FaqService } from './faq.service.js';

@ApiTags('faqs')
@Controller('faqs')
export class FaqController {
  constructor(private readonly faqs: FaqService) {}

  @Get()
  @Endpoint({ summary: 'Lists the published questions', access: 'public', answer: pageOf(PublishedFaqAnswer) })
  async list(@Query() query: FaqListQuery): Promise<Page<PublishedFaqAnswer>> {
    const { data, page } = await this.faqs.list(query);
    return { data: data.map((row) => PublishedFaqAnswer.from(row)), page };
  }

  @Get('search')
  @Endpoint({
    summary: 'Finds published questions by words and by meaning',
    access: 'public',
    answer: FaqSearchAnswer,
  })
  async search(@Query() { q, limit, categoryId }: FaqSearchQuery): Promise<FaqSearchAnswer> {
    return FaqSearchAnswer.from(await this.faqs.search(q, limit, categoryId));
  }

  @Get(':id')
  @Endpoint({ summary: 'Returns a published question', access: 'public', answer: FaqWithRelatedAnswer, errors: [404] })
  async get(@IdParam() id: string): Promise<FaqWithRelatedAnswer> {
    return FaqWithRelatedAnswer.from(await this.faqs.get(id));
  }

  @Post(':id/feedback')
  @Endpoint({ summary: 'Says whether a question helped', access: 'public', errors: [404] })
  async rate(@IdParam() id: string, @Body() { isHelpful }: FaqFeedback, @Ip() ip: string): Promise<void> {
    await this.faqs.rate(id, isHelpful, ip);
  }
}
