import { ApiProperty } from '@nestjs/swagger';
import { ChoiceField, FlagQueryField, IntField, StringField, UuidField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';
import {
  type AuditDetail,
  type SeoAuditIssueRow,
  type SeoAuditRow,
  type SeoAuditSummary,
  SEVERITIES,
} from './seo-audit.types.js';

export const DEFAULT_PAGES = 100;

export class RequestSeoAudit {
  @UuidField()
  clientId!: string;
  @IntField({ optional: true, min: 1, max: 1_000, default: DEFAULT_PAGES, description: 'Pages that are read at most.' })
  maxPages?: number;
}

export class SeoAuditListQuery extends listQuery(['createdAt']) {
  @UuidField({ optional: true, description: 'Audits of this client only.' })
  client?: string;
}

export class SeoAuditIssueListQuery extends listQuery(['createdAt', 'rule'], 'createdAt') {
  @ChoiceField(SEVERITIES, { optional: true })
  severity?: string;
  @StringField({ optional: true, max: 60, example: 'title-missing' })
  rule?: string;
  @FlagQueryField({ description: 'Only those that the audit before did not have.' })
  isNew: boolean = false;
}

export class SeoAuditSummaryAnswer {
  @ApiProperty({ format: 'uuid', description: 'Also the id of the job that made it.' })
  id!: string;
  @ApiProperty({ format: 'uuid' })
  clientId!: string;
  @ApiProperty({ format: 'uri' })
  websiteUrl!: string;
  @ApiProperty({ minimum: 0, maximum: 100 })
  score!: number;
  @ApiProperty({ description: 'Pages that were read.' })
  pages!: number;
  @ApiProperty()
  errors!: number;
  @ApiProperty()
  warnings!: number;
  @ApiProperty()
  notices!: number;
  @ApiProperty()
  createdAt!: Date;

  static from(row: SeoAuditSummary): SeoAuditSummaryAnswer {
    const { id, clientId, websiteUrl, score, pages, errors, warnings, notices, createdAt } = row;
    return { id, clientId, websiteUrl, score, pages, errors, warnings, notices, createdAt };
  }
}

class DeductionAnswer {
  @ApiProperty({ example: 'title-missing' })
  rule!: string;
  @ApiProperty({ enum: SEVERITIES })
  severity!: string;
  @ApiProperty()
  title!: string;
  @ApiProperty({ description: 'What to do about it.' })
  advice!: string;
  @ApiProperty()
  issues!: number;
  @ApiProperty({ description: 'How much of the site is concerned, 0 to 1.' })
  share!: number;
  @ApiProperty({ description: 'What it takes from the 100 points.' })
  points!: number;
}

class ComparisonAnswer {
  @ApiProperty({ format: 'uuid' })
  previousId!: string;
  @ApiProperty()
  previousScore!: number;
  @ApiProperty()
  introduced!: number;
  @ApiProperty()
  resolved!: number;
  @ApiProperty()
  unchanged!: number;
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'By rule: how many came and went.' })
  rules!: object;
}

export class SeoAuditAnswer extends SeoAuditSummaryAnswer {
  @ApiProperty({ type: [DeductionAnswer], description: 'Why the score is what it is.' })
  deductions!: readonly DeductionAnswer[];
  @ApiProperty({ type: ComparisonAnswer, nullable: true, description: 'With the audit before, of the same client.' })
  comparison!: ComparisonAnswer | null;
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'What was read, and why it ended.' })
  crawl!: object;
  @ApiProperty({ description: 'Whether there were more issues than are kept.' })
  isTruncated!: boolean;

  static fromRow(row: SeoAuditRow): SeoAuditAnswer {
    const { deductions, comparison, crawl, isTruncated } = row.detail as unknown as AuditDetail;
    return { ...SeoAuditSummaryAnswer.from(row), deductions, comparison, crawl, isTruncated };
  }
}

export class SeoAuditIssueAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ example: 'title-missing' })
  rule!: string;
  @ApiProperty({ enum: SEVERITIES })
  severity!: string;
  @ApiProperty({ description: 'The page, or the address that is wrong.' })
  url!: string;
  @ApiProperty()
  detail!: string;
  @ApiProperty({ description: 'Whether the audit before did not have it.' })
  isNew!: boolean;

  static from({ id, rule, severity, url, detail, isNew }: SeoAuditIssueRow): SeoAuditIssueAnswer {
    return { id, rule, severity, url, detail, isNew };
  }
}
