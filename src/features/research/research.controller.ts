import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam } from '../../platform/http/parameters.js';
import { JobAnswer } from '../jobs/job-answer.types.js';
import { JobRunService } from '../jobs/job-run.service.js';
import { RequestResearch, ResearchListQuery, ResearchReportAnswer, ResearchSummaryAnswer } from './research.dto.js';
import { ResearchService } from './research.service.js';

@ApiTags('research')
@Controller('research-reports')
export class ResearchController {
  constructor(
    private readonly research: ResearchService,
    private readonly jobs: JobRunService,
  ) {}

  @Post()
  @Endpoint({
    summary: 'Has a report written, and answers with the job that does it',
    access: 'MEMBER',
    status: 202,
    answer: JobAnswer,
    errors: [422],
  })
  async request(@Body() body: RequestResearch): Promise<JobAnswer> {
    return JobAnswer.from(await this.jobs.get(await this.research.request(body)));
  }

  @Get()
  @Endpoint({ summary: 'Lists the research reports', access: 'MEMBER', answer: pageOf(ResearchSummaryAnswer) })
  async list(@Query() query: ResearchListQuery): Promise<Page<ResearchSummaryAnswer>> {
    const { data, page } = await this.research.list(query);
    return { data: data.map((row) => ResearchSummaryAnswer.from(row)), page };
  }

  @Get(':id')
  @Endpoint({ summary: 'Returns a research report', access: 'MEMBER', answer: ResearchReportAnswer })
  async get(@IdParam() id: string): Promise<ResearchReportAnswer> {
    return ResearchReportAnswer.fromReport(await this.research.get(id));
  }
}
