import { ApiProperty } from '@nestjs/swagger';
import { ChoiceField, StringField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';
import { JOB_STATES } from './job.types.js';

export class JobListQuery extends listQuery(['createdAt']) {
  @ChoiceField(JOB_STATES, { optional: true })
  state?: string;
  @StringField({ optional: true, max: 60, example: 'seo-audit' })
  name?: string;
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
