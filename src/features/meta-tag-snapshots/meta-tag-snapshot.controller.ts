import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam } from '../../platform/http/parameters.js';
import { JobAnswer } from '../jobs/job-answer.types.js';
import { JobRunService } from '../jobs/job-run.service.js';
import {
  DEFAULT_PAGES,
  MetaTagSnapshotAnswer,
  MetaTagSnapshotListQuery,
  MetaTagSnapshotSummaryAnswer,
  RequestMetaTagSnapshot,
} from './meta-tag-snapshot.dto.js';
import { MetaTagSnapshotService } from './meta-tag-snapshot.service.js';

@ApiTags('meta-tag-snapshots')
@Controller('meta-tag-snapshots')
export class MetaTagSnapshotController {
  constructor(
    private readonly snapshots: MetaTagSnapshotService,
    private readonly jobs: JobRunService,
  ) {}

  @Post()
  @Endpoint({
    summary: 'Has the tags of a client’s pages read, and answers with the job that does it',
    access: 'MEMBER',
    status: 202,
    answer: JobAnswer,
    errors: [422],
  })
  async request(@Body() { clientId, maxPages = DEFAULT_PAGES }: RequestMetaTagSnapshot): Promise<JobAnswer> {
    return JobAnswer.from(await this.jobs.get(await this.snapshots.requestLater({ clientId, maxPages })));
  }

  @Get()
  @Endpoint({ summary: 'Lists the snapshots', access: 'MEMBER', answer: pageOf(MetaTagSnapshotSummaryAnswer) })
  async list(@Query() query: MetaTagSnapshotListQuery): Promise<Page<MetaTagSnapshotSummaryAnswer>> {
    const { data, page } = await this.snapshots.list(query);
    return { data: data.map((row) => MetaTagSnapshotSummaryAnswer.from(row)), page };
  }

  @Get(':id')
  @Endpoint({
    summary: 'Returns a snapshot, with the difference to the one before',
    access: 'MEMBER',
    answer: MetaTagSnapshotAnswer,
  })
  async get(@IdParam() id: string): Promise<MetaTagSnapshotAnswer> {
    return MetaTagSnapshotAnswer.fromRow(await this.snapshots.get(id));
  }
}
