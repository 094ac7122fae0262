import { ApiProperty } from '@nestjs/swagger';
import type { Job } from '../../generated/prisma/client.js';
import { JOB_STATES } from './job.types.js';

export class JobFailureAnswer {
  @ApiProperty({ example: 'JOB_TIMED_OUT' })
  code!: string;
  @ApiProperty()
  message!: string;
}

/** What is told of a job: also by the routes of other features that queue one. */
export class JobAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ example: 'seo-audit' })
  name!: string;
  @ApiProperty({ enum: JOB_STATES, description: 'DEAD: set aside after all its tries.' })
  state!: string;
  @ApiProperty({ type: Number, nullable: true, description: '0 to 100; null where nobody can tell.' })
  progress!: number | null;
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'Ids and parameters of what was asked for.' })
  data!: object;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  result!: object | null;
  @ApiProperty({ type: JobFailureAnswer, nullable: true, description: 'Of the last try that failed.' })
  failure!: JobFailureAnswer | null;
  @ApiProperty({ description: 'How often it was begun.' })
  attempt!: number;
  @ApiProperty({ description: 'Whether it was asked to stop.' })
  isCancelRequested!: boolean;
  @ApiProperty({ enum: ['user', 'apiKey', 'system'], description: 'Who asked for it.' })
  actorType!: string;
  @ApiProperty({ format: 'uuid' })
  actorId!: string;
  @ApiProperty()
  createdAt!: Date;
  @ApiProperty({ type: Date, nullable: true })
  startedAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true })
  finishedAt!: Date | null;

  static from(row: Job): JobAnswer {
    const { id, name, state, progress, attempt, actorType, actorId, createdAt, startedAt, finishedAt } = row;
    const failure =
      row.failureCode === null ? null : { code: row.failureCode, message: row.failureMessage ?? row.failureCode };
    return {
      ...{ id, name, state, progress, attempt, actorType, actorId, createdAt, startedAt, finishedAt, failure },
      data: row.data as object,
      result: row.result as object | null,
      isCancelRequested: row.cancelRequestedAt !== null,
    };
  }
}
