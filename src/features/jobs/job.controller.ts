import { Controller, Get, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam } from '../../platform/http/parameters.js';
import { JobAnswer } from './job-answer.types.js';
import { JobListQuery } from './job.dto.js';
import { JobRunService } from './job-run.service.js';

@ApiTags('jobs')
@Controller('jobs')
export class JobController {
  constructor(private readonly jobs: JobRunService) {}

  @Get()
  @Endpoint({ summary: 'Lists the jobs of the organization', access: 'MEMBER', answer: pageOf(JobAnswer) })
  async list(@Query() query: JobListQuery): Promise<Page<JobAnswer>> {
    const { data, page } = await this.jobs.list(query);
    return { data: data.map((row) => JobAnswer.from(row)), page };
  }

  @Get(':id')
  @Endpoint({ summary: 'Returns a job with its progress and result', access: 'MEMBER', answer: JobAnswer })
  async get(@IdParam() id: string): Promise<JobAnswer> {
    return JobAnswer.from(await this.jobs.get(id));
  }

  @Post(':id/cancellation')
  @Endpoint({
    summary: 'Cancels a job: its own, or as ADMIN anybody’s',
    access: 'MEMBER',
    status: 202,
    answer: JobAnswer,
    errors: [422],
  })
  async cancel(@IdParam() id: string): Promise<JobAnswer> {
    return JobAnswer.from(await this.jobs.cancel(id));
  }

  @Post(':id/retry')
  @Endpoint({
    summary: 'Tries a job again that did not succeed: its own, or as ADMIN anybody’s',
    access: 'MEMBER',
    status: 202,
    answer: JobAnswer,
    errors: [422],
  })
  async retry(@IdParam() id: string): Promise<JobAnswer> {
    return JobAnswer.from(await this.jobs.retry(id));
  }
}
