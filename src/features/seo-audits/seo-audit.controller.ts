import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam } from '../../platform/http/parameters.js';
import { JobAnswer } from '../jobs/job-answer.types.js';
import { JobRunService } from '../jobs/job-run.service.js';
import {
  DEFAULT_PAGES,
  RequestSeoAudit,
  SeoAuditAnswer,
  SeoAuditIssueAnswer,
  SeoAuditIssueListQuery,
  SeoAuditListQuery,
  SeoAuditSummaryAnswer,
} from './seo-audit.dto.js';
import { SeoAuditService } from './seo-audit.service.js';

@ApiTags('seo-audits')
@Controller('seo-audits')
export class SeoAuditController {
  constructor(
    private readonly audits: SeoAuditService,
    private readonly jobs: JobRunService,
  ) {}

  @Post()
  @Endpoint({
    summary: 'Has a client’s site audited, and answers with the job that does it',
    access: 'MEMBER',
    status: 202,
    answer: JobAnswer,
    errors: [422],
  })
  async request(@Body() { clientId, maxPages = DEFAULT_PAGES }: RequestSeoAudit): Promise<JobAnswer> {
    return JobAnswer.from(await this.jobs.get(await this.audits.requestLater({ clientId, maxPages })));
  }

  @Get()
  @Endpoint({ summary: 'Lists the SEO audits', access: 'MEMBER', answer: pageOf(SeoAuditSummaryAnswer) })
  async list(@Query() query: SeoAuditListQuery): Promise<Page<SeoAuditSummaryAnswer>> {
    const { data, page } = await this.audits.list(query);
    return { data: data.map((row) => SeoAuditSummaryAnswer.from(row)), page };
  }

  @Get(':id')
  @Endpoint({ summary: 'Returns an SEO audit with its score explained', access: 'MEMBER', answer: SeoAuditAnswer })
  async get(@IdParam() id: string): Promise<SeoAuditAnswer> {
    return SeoAuditAnswer.fromRow(await this.audits.get(id));
  }

  @Get(':id/issues')
  @Endpoint({ summary: 'Lists what an SEO audit found', access: 'MEMBER', answer: pageOf(SeoAuditIssueAnswer) })
  async listIssues(@IdParam() id: string, @Query() query: SeoAuditIssueListQuery): Promise<Page<SeoAuditIssueAnswer>> {
    const { data, page } = await this.audits.listIssues(id, query);
    return { data: data.map((row) => SeoAuditIssueAnswer.from(row)), page };
  }
}
