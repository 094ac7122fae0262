import { ApiProperty } from '@nestjs/swagger';
import { ChoiceField, JsonObjectField, StringField, UuidField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';
import { JOB_STATES } from '../jobs/job.types.js';
import { type CommentRow, type ExecutionWithJob, LANES, shownState, TASK_STATES, type TaskRow } from './crew.types.js';

export class CrewExecutionListQuery extends listQuery(['createdAt']) {
  @UuidField({ optional: true })
  crewId?: string;
}

export class CommentListQuery extends listQuery(['createdAt']) {}

export class RequestExecution {
  @UuidField()
  crewId!: string;
  @UuidField({ optional: true, description: 'Whom the tasks are about: {{client.id}}.' })
  clientId?: string;
  @JsonObjectField({
    optional: true,
    description: 'What the tasks refer to as {{inputs.<name>}}; at most 16 kB. Everybody here can read it.',
    example: { url: 'https://www.example.com' },
  })
  inputs?: Record<string, unknown>;
}

export class ChangeTask {
  @ChoiceField(LANES, { optional: true, description: 'Where it stands; what became of it does not change.' })
  lane?: (typeof LANES)[number];
  @UuidField({ optional: true, nullable: true, description: 'User id of a member, or null for nobody.' })
  assigneeId?: string | null;
}

export class CreateComment {
  @StringField({ max: 5_000, example: 'Looks good; shorten the title.' })
  text!: string;
}

export class CrewExecutionAnswer {
  @ApiProperty({ format: 'uuid', description: 'Also the id of its job.' })
  id!: string;
  @ApiProperty({ format: 'uuid' })
  crewId!: string;
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  clientId!: string | null;
  @ApiProperty({ description: 'Of the crew, when the execution was asked for.' })
  name!: string;
  @ApiProperty({ type: 'object', additionalProperties: true })
  inputs!: object;
  @ApiProperty({ enum: JOB_STATES, description: 'Of its job.' })
  state!: string;
  @ApiProperty({ type: Number, nullable: true, description: '0 to 100.' })
  progress!: number | null;
  @ApiProperty()
  createdAt!: Date;

  static from({ id, crewId, clientId, name, inputs, job, createdAt }: ExecutionWithJob): CrewExecutionAnswer {
    const { state, progress } = job;
    return { id, crewId, clientId, name, inputs: inputs as object, state, progress, createdAt };
  }
}

class TaskFailureAnswer {
  @ApiProperty({ example: 'TOOL_TIMED_OUT' })
  code!: string;
  @ApiProperty()
  message!: string;
}

export class CrewTaskAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ format: 'uuid' })
  executionId!: string;
  @ApiProperty()
  key!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty()
  agent!: string;
  @ApiProperty()
  instructions!: string;
  @ApiProperty({ type: String, nullable: true })
  tool!: string | null;
  @ApiProperty({ type: [String] })
  dependsOn!: string[];
  @ApiProperty({ enum: TASK_STATES, description: 'SKIPPED: what it depends on failed. CANCELED: nobody works on it.' })
  state!: string;
  @ApiProperty({ enum: LANES })
  lane!: string;
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  assigneeId!: string | null;
  @ApiProperty({ description: 'How often it was begun.' })
  attempt!: number;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  output!: object | null;
  @ApiProperty({ type: TaskFailureAnswer, nullable: true })
  failure!: TaskFailureAnswer | null;
  @ApiProperty({ type: Date, nullable: true })
  startedAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true })
  finishedAt!: Date | null;
  @ApiProperty({ description: 'Also the ETag of the resource.' })
  version!: number;

  static from(row: TaskRow, jobState: string): CrewTaskAnswer {
    const { id, executionId, key, name, agent, instructions, tool, dependsOn } = row;
    const { lane, assigneeId, attempt, startedAt, finishedAt, version, failureCode: code } = row;
    return {
      ...{ id, executionId, key, name, agent, instructions, tool, dependsOn },
      ...{ lane, assigneeId, attempt, startedAt, finishedAt, version },
      state: shownState(row.state, jobState),
      output: row.output as object | null,
      failure: code === null ? null : { code, message: row.failureMessage ?? code },
    };
  }
}

export class CommentAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ format: 'uuid' })
  taskId!: string;
  @ApiProperty({ enum: ['user', 'apiKey', 'system'] })
  authorType!: string;
  @ApiProperty({ format: 'uuid' })
  authorId!: string;
  @ApiProperty()
  text!: string;
  @ApiProperty()
  createdAt!: Date;

  static from({ id, taskId, authorType, authorId, text, createdAt }: CommentRow): CommentAnswer {
    return { id, taskId, authorType, authorId, text, createdAt };
  }
}
