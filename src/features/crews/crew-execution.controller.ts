import { Body, Controller, Get, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { IdParam, IfMatch } from '../../platform/http/parameters.js';
import { JobAnswer } from '../jobs/job-answer.types.js';
import { JobRunService } from '../jobs/job-run.service.js';
import {
  ChangeTask,
  CommentAnswer,
  CommentListQuery,
  CreateComment,
  CrewExecutionAnswer,
  CrewExecutionListQuery,
  CrewTaskAnswer,
  RequestExecution,
} from './crew-execution.dto.js';
import { CrewExecutionService } from './crew-execution.service.js';
import { CrewTaskService } from './crew-task.service.js';

@ApiTags('crews')
@Controller('crew-executions')
export class CrewExecutionController {
  constructor(
    private readonly executions: CrewExecutionService,
    private readonly tasks: CrewTaskService,
    private readonly jobs: JobRunService,
  ) {}

  @Post()
  @Endpoint({
    summary: 'Has a crew work, and answers with the job that does it',
    access: 'MEMBER',
    status: 202,
    answer: JobAnswer,
    errors: [422],
  })
  async request(@Body() body: RequestExecution): Promise<JobAnswer> {
    return JobAnswer.from(await this.jobs.get(await this.executions.request(body)));
  }

  @Get()
  @Endpoint({ summary: 'Lists the executions of crews', access: 'MEMBER', answer: pageOf(CrewExecutionAnswer) })
  async list(@Query() query: CrewExecutionListQuery): Promise<Page<CrewExecutionAnswer>> {
    const { data, page } = await this.executions.list(query);
    return { data: data.map((row) => CrewExecutionAnswer.from(row)), page };
  }

  @Get(':id')
  @Endpoint({
    summary: 'Returns an execution with the state of its job',
    access: 'MEMBER',
    answer: CrewExecutionAnswer,
  })
  async get(@IdParam() id: string): Promise<CrewExecutionAnswer> {
    return CrewExecutionAnswer.from(await this.executions.get(id));
  }

  @Get(':id/tasks')
  @Endpoint({
    summary: 'Returns the board of an execution: its tasks',
    access: 'MEMBER',
    answer: pageOf(CrewTaskAnswer),
  })
  async listTasks(@IdParam() id: string): Promise<Page<CrewTaskAnswer>> {
    const execution = await this.executions.get(id);
    const data = (await this.tasks.list(execution)).map((row) => CrewTaskAnswer.from(row, execution.job.state));
    return { data, page: { nextCursor: null, hasMore: false } };
  }

  @Get(':id/tasks/:taskId')
  @Endpoint({
    summary: 'Returns a task with what it found',
    access: 'MEMBER',
    answer: CrewTaskAnswer,
    isVersioned: true,
  })
  async getTask(@IdParam() id: string, @IdParam('taskId') taskId: string): Promise<CrewTaskAnswer> {
    const execution = await this.executions.get(id);
    return CrewTaskAnswer.from(await this.tasks.get(execution, taskId), execution.job.state);
  }

  @Patch(':id/tasks/:taskId')
  @Endpoint({
    summary: 'Moves a task on the board, or gives it to a member',
    access: 'MEMBER',
    answer: CrewTaskAnswer,
    isVersioned: true,
    errors: [412],
  })
  async changeTask(
    @IdParam() id: string,
    @IdParam('taskId') taskId: string,
    @Body() body: ChangeTask,
    @IfMatch() version: number | undefined,
  ): Promise<CrewTaskAnswer> {
    const { job } = await this.executions.get(id);
    return CrewTaskAnswer.from(await this.tasks.change(id, taskId, body, version), job.state);
  }

  @Get(':id/tasks/:taskId/comments')
  @Endpoint({ summary: 'Lists the comments on a task', access: 'MEMBER', answer: pageOf(CommentAnswer) })
  async listComments(
    @IdParam() id: string,
    @IdParam('taskId') taskId: string,
    @Query() query: CommentListQuery,
  ): Promise<Page<CommentAnswer>> {
    const { data, page } = await this.tasks.listComments(id, taskId, query);
    return { data: data.map((row) => CommentAnswer.from(row)), page };
  }

  @Post(':id/tasks/:taskId/comments')
  @Endpoint({ summary: 'Comments on a task', access: 'MEMBER', status: 201, answer: CommentAnswer })
  async comment(
    @IdParam() id: string,
    @IdParam('taskId') taskId: string,
    @Body() body: CreateComment,
  ): Promise<CommentAnswer> {
    return CommentAnswer.from(await this.tasks.comment(id, taskId, body));
  }
}
