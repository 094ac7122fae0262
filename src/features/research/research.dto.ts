import { ApiProperty } from '@nestjs/swagger';
import { StringField, UrlListField, UuidField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';
import { JOB_STATES } from '../jobs/job.types.js';
import { type Finding, METHODS, type ReportSource, type ReportWithJob } from './research.types.js';

export class ResearchListQuery extends listQuery(['createdAt']) {
  @UuidField({ optional: true })
  clientId?: string;
}

export class RequestResearch {
  @UuidField()
  clientId!: string;
  @StringField({
    optional: true,
    max: 500,
    description: 'Without one, the client’s keywords are looked for.',
    example: 'How do competitors describe hand-made shoes?',
  })
  question?: string;
  @UrlListField({
    optional: true,
    maxItems: 20,
    description: 'Pages to read. Without any, the site of the client and those of its competitors are.',
  })
  sources?: string[];
}

class SourceFailureAnswer {
  @ApiProperty({ example: 'WEB_TIMEOUT' })
  code!: string;
  @ApiProperty()
  message!: string;
}

class ReportSourceAnswer {
  @ApiProperty({ format: 'uri' })
  url!: string;
  @ApiProperty({ type: String, nullable: true })
  title!: string | null;
  @ApiProperty({ type: SourceFailureAnswer, nullable: true, description: 'Why it could not be read.' })
  failure!: SourceFailureAnswer | null;
  @ApiProperty()
  words!: number;
  @ApiProperty({ type: [String], description: 'The client’s keywords that it has.' })
  keywords!: string[];
}

class FindingAnswer {
  @ApiProperty()
  text!: string;
  @ApiProperty({ description: 'Number of its source, from 1.' })
  source!: number;
  @ApiProperty()
  score!: number;
}

export class ResearchSummaryAnswer {
  @ApiProperty({ format: 'uuid', description: 'Also the id of its job.' })
  id!: string;
  @ApiProperty({ format: 'uuid' })
  clientId!: string;
  @ApiProperty({ type: String, nullable: true })
  question!: string | null;
  @ApiProperty({ enum: JOB_STATES, description: 'Of its job.' })
  state!: string;
  @ApiProperty({ type: Number, nullable: true, description: '0 to 100.' })
  progress!: number | null;
  @ApiProperty({ type: String, nullable: true })
  title!: string | null;
  @ApiProperty({
    enum: METHODS,
    nullable: true,
    description: 'LLM: a language model wrote it; EXTRACTIVE: it is quoted.',
  })
  method!: string | null;
  @ApiProperty()
  createdAt!: Date;
  @ApiProperty({ type: Date, nullable: true })
  completedAt!: Date | null;

  static from({
    id,
    clientId,
    question,
    job,
    title,
    method,
    createdAt,
    completedAt,
  }: ReportWithJob): ResearchSummaryAnswer {
    const { state, progress } = job;
    return { id, clientId, question, state, progress, title, method, createdAt, completedAt };
  }
}

export class ResearchReportAnswer extends ResearchSummaryAnswer {
  @ApiProperty({ type: [String], description: 'Pages that were named; none: they were looked for.' })
  askedSources!: string[];
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Markdown without HTML and links; [1] cites the first source.',
  })
  body!: string | null;
  @ApiProperty({ type: [ReportSourceAnswer] })
  sources!: ReportSourceAnswer[];
  @ApiProperty({ type: [FindingAnswer], description: 'The passages that it was written from, best first.' })
  findings!: FindingAnswer[];

  static fromReport(row: ReportWithJob): ResearchReportAnswer {
    const { askedSources, body } = row;
    const sources = row.sources as unknown as readonly ReportSource[];
    return {
      ...ResearchSummaryAnswer.from(row),
      ...{ askedSources, body },
      sources: sources.map((source) => ({ ...source, keywords: [...source.keywords] })),
      findings: row.findings as unknown as Finding[],
    };
  }
}
