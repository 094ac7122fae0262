import { ApiProperty } from '@nestjs/swagger';
import type { Job } from '../../generated/prisma/client.js';
import { ChoiceField, StringField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';
import { JOB_STATES } from './job.types.js';

export class JobListQuery extends listQuery(['createdAt']) {
  @ChoiceField(JOB_STATES, { optional: true })
  state?: string;
  @StringField({ optional: true, max: 60, example: 'seo-audit' })
  name?: string;
}

class JobFailureAnswer {
  @ApiProperty({ example: 'JOB_TIMED_OUT' })
  code!: string;
  @ApiProperty()
  message!: string;
}

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

class DeadLetterCount {
  @ApiProperty({ example: 'JOB_TAMPERED' })
  reason!: string;
  @ApiProperty()
  count!: number;
}

export class QueueAnswer {
  @ApiProperty({ example: 'jobs' })
  name!: string;
  @ApiProperty({ enum: ['up', 'down', 'unknown'], description: 'Whether a worker takes jobs.' })
  worker!: string;
  @ApiProperty({ description: 'Due, and not yet at a worker.' })
  due!: number;
  @ApiProperty({ description: 'Delayed, or waiting for another try.' })
  later!: number;
  @ApiProperty()
  running!: number;
  @ApiProperty({ description: 'Since when the longest waiting job is due.' })
  oldestSeconds!: number;
  @ApiProperty({ description: 'Jobs that were set aside after all their tries, of all organizations.' })
  dead!: number;
  @ApiProperty({ type: [DeadLetterCount], description: 'Messages that were refused, by reason.' })
  deadLetters!: DeadLetterCount[];
}
