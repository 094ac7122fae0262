import { ApiProperty } from '@nestjs/swagger';
import { StringField, UrlField, UuidField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';
import {
  AREAS,
  type OptimizationDetail,
  type OptimizationRow,
  type OptimizationSummary,
} from './optimization.types.js';

export class RequestOptimization {
  @UuidField()
  clientId!: string;
  @UrlField({
    optional: true,
    description:
      'A page of the client’s site. Default: the target page of each keyword, or the page that fits it best.',
  })
  url?: string;
  @StringField({ optional: true, max: 200, description: 'Default: all that the client’s projects target, up to 30.' })
  keyword?: string;
}

export class OptimizationListQuery extends listQuery(['createdAt']) {
  @UuidField({ optional: true, description: 'Optimizations for this client only.' })
  client?: string;
}

export class OptimizationSummaryAnswer {
  @ApiProperty({ format: 'uuid', description: 'Also the id of the job that made it.' })
  id!: string;
  @ApiProperty({ format: 'uuid' })
  clientId!: string;
  @ApiProperty({ format: 'uri' })
  websiteUrl!: string;
  @ApiProperty({ type: String, nullable: true, description: 'The page that was asked for.' })
  url!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The keyword that was asked for.' })
  keyword!: string | null;
  @ApiProperty({ minimum: 0, maximum: 100, description: 'Mean of the pages.' })
  score!: number;
  @ApiProperty()
  pages!: number;
  @ApiProperty()
  suggestions!: number;
  @ApiProperty()
  createdAt!: Date;

  static from(row: OptimizationSummary): OptimizationSummaryAnswer {
    const { id, clientId, websiteUrl, url, keyword, score, pages, suggestions, createdAt } = row;
    return { id, clientId, websiteUrl, url, keyword, score, pages, suggestions, createdAt };
  }
}

class SuggestionAnswer {
  @ApiProperty({ enum: AREAS })
  area!: string;
  @ApiProperty({ enum: [1, 2, 3], type: Number, description: '1 first.' })
  priority!: number;
  @ApiProperty()
  suggestion!: string;
  @ApiProperty()
  reason!: string;
  @ApiProperty({ type: String, nullable: true })
  current!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'A text that can be taken as it is.' })
  proposed!: string | null;
}

class MeasuresAnswer {
  @ApiProperty()
  words!: number;
  @ApiProperty({ description: 'Of the keyword.' })
  occurrences!: number;
  @ApiProperty({ description: 'Occurrences in 100 words.' })
  density!: number;
  @ApiProperty()
  wordsPerSentence!: number;
  @ApiProperty({ description: 'Pages that link to it, of those that were read.' })
  internalLinks!: number;
}

class OptimizedPageAnswer {
  @ApiProperty()
  url!: string;
  @ApiProperty()
  keyword!: string;
  @ApiProperty({ minimum: 0, maximum: 100 })
  score!: number;
  @ApiProperty({ type: MeasuresAnswer })
  measures!: MeasuresAnswer;
  @ApiProperty({ type: [SuggestionAnswer] })
  suggestions!: readonly SuggestionAnswer[];
}

class SkippedKeywordAnswer {
  @ApiProperty()
  keyword!: string;
  @ApiProperty()
  reason!: string;
}

export class OptimizationAnswer extends OptimizationSummaryAnswer {
  @ApiProperty({ type: [OptimizedPageAnswer] })
  results!: readonly OptimizedPageAnswer[];
  @ApiProperty({ type: [SkippedKeywordAnswer], description: 'Keywords without a page that could be read.' })
  skipped!: readonly SkippedKeywordAnswer[];

  static fromRow(row: OptimizationRow): OptimizationAnswer {
    const { pages, skipped } = row.detail as unknown as OptimizationDetail;
    return { ...OptimizationSummaryAnswer.from(row), results: pages, skipped };
  }
}
