import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam } from '../../platform/http/parameters.js';
import { JobAnswer } from '../jobs/job-answer.types.js';
import { JobRunService } from '../jobs/job-run.service.js';
import {
  OptimizationAnswer,
  OptimizationListQuery,
  OptimizationSummaryAnswer,
  RequestOptimization,
} from './optimization.dto.js';
import { OptimizationService } from './optimization.service.js';

@ApiTags('optimizations')
@Controller('optimizations')
export class OptimizationController {
  constructor(
    private readonly optimizations: OptimizationService,
    private readonly jobs: JobRunService,
  ) {}

  @Post()
  @Endpoint({
    summary: 'Has suggestions made for pages and their keywords, and answers with the job that does it',
    access: 'MEMBER',
    status: 202,
    answer: JobAnswer,
    errors: [422],
  })
  async request(@Body() { clientId, url, keyword }: RequestOptimization): Promise<JobAnswer> {
    const order = { clientId, url: url ?? null, keyword: keyword ?? null };
    return JobAnswer.from(await this.jobs.get(await this.optimizations.requestLater(order)));
  }

  @Get()
  @Endpoint({ summary: 'Lists the optimizations', access: 'MEMBER', answer: pageOf(OptimizationSummaryAnswer) })
  async list(@Query() query: OptimizationListQuery): Promise<Page<OptimizationSummaryAnswer>> {
    const { data, page } = await this.optimizations.list(query);
    return { data: data.map((row) => OptimizationSummaryAnswer.from(row)), page };
  }

  @Get(':id')
  @Endpoint({ summary: 'Returns suggestions with their reasons', access: 'MEMBER', answer: OptimizationAnswer })
  async get(@IdParam() id: string): Promise<OptimizationAnswer> {
    return OptimizationAnswer.fromRow(await this.optimizations.get(id));
  }
}
