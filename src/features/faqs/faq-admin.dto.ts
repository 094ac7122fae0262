import { ApiProperty } from '@nestjs/swagger';
import {
  ChoiceField,
  IntField,
  IntQueryField,
  SlugField,
  StringField,
  StringListField,
  UuidField,
  UuidListField,
} from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';
import {
  FAQ_STATUSES,
  type FaqCategory,
  type FaqCount,
  type FaqDocument,
  type FaqStatus,
  type FaqVersion,
} from './faq.types.js';

const MAX_ANSWER = 20_000;
const MAX_VERSION = 2_147_483_647;
const keywords = { maxItems: 20, max: 60, optional: true, description: 'Other words for the same.' } as const;
const relatedIds = { maxItems: 20, optional: true, description: 'What to read next, in this order.' } as const;

export class FaqCategoryListQuery extends listQuery(['name', 'createdAt'], 'name') {}

export class CreateFaqCategory {
  @StringField({ max: 120, example: 'Payments' })
  name!: string;
  @SlugField({ optional: true, description: 'Derived from the name when left out.' })
  slug?: string;
  @StringField({ optional: true, nullable: true, max: 2_000 })
  description?: string | null;
  @IntField({ optional: true, min: 0, max: 10_000, description: 'Lower ones stand first.' })
  position?: number;
}

export class UpdateFaqCategory {
  @StringField({ optional: true, max: 120 })
  name?: string;
  @SlugField({ optional: true })
  slug?: string;
  @StringField({ optional: true, nullable: true, max: 2_000 })
  description?: string | null;
  @IntField({ optional: true, min: 0, max: 10_000 })
  position?: number;
}

export class FaqCategoryAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty()
  slug!: string;
  @ApiProperty({ type: String, nullable: true })
  description!: string | null;
  @ApiProperty()
  position!: number;
  @ApiProperty()
  isActive!: boolean;
  @ApiProperty({ description: 'Also the ETag of the resource.' })
  version!: number;
  @ApiProperty()
  createdAt!: Date;
  @ApiProperty()
  updatedAt!: Date;

  static from(row: FaqCategory): FaqCategoryAnswer {
    return { ...row };
  }
}

export class FaqAdminListQuery extends listQuery(['createdAt', 'question']) {
  @ChoiceField(FAQ_STATUSES, { optional: true })
  status?: FaqStatus;
  @UuidField({ optional: true })
  categoryId?: string;
}

export class CreateFaq {
  @UuidField()
  categoryId!: string;
  @StringField({ max: 300, example: 'How do I cancel my booking?' })
  question!: string;
  @StringField({ max: MAX_ANSWER })
  answer!: string;
  @StringListField(keywords)
  keywords?: string[];
  @UuidListField(relatedIds)
  relatedIds?: string[];
  @ChoiceField(FAQ_STATUSES, { optional: true, description: 'Default: DRAFT.' })
  status?: FaqStatus;
}

export class UpdateFaq {
  @UuidField({ optional: true })
  categoryId?: string;
  @StringField({ optional: true, max: 300 })
  question?: string;
  @StringField({ optional: true, max: MAX_ANSWER })
  answer?: string;
  @StringListField(keywords)
  keywords?: string[];
  @UuidListField(relatedIds)
  relatedIds?: string[];
  @ChoiceField(FAQ_STATUSES, { optional: true })
  status?: FaqStatus;
}

export class FaqAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ format: 'uuid' })
  categoryId!: string;
  @ApiProperty()
  question!: string;
  @ApiProperty()
  answer!: string;
  @ApiProperty({ type: [String] })
  keywords!: readonly string[];
  @ApiProperty({ type: [String] })
  relatedIds!: readonly string[];
  @ApiProperty({ enum: FAQ_STATUSES })
  status!: FaqStatus;
  @ApiProperty({ description: 'Whether it is found by its meaning. If not though it is published: `faqs:embed`.' })
  isEmbedded!: boolean;
  @ApiProperty({ type: Date, nullable: true })
  publishedAt!: Date | null;
  @ApiProperty({ type: String, nullable: true, format: 'uuid' })
  publishedBy!: string | null;
  @ApiProperty({ format: 'uuid' })
  createdBy!: string;
  @ApiProperty({ format: 'uuid' })
  updatedBy!: string;
  @ApiProperty({ description: 'Also the ETag of the resource.' })
  version!: number;
  @ApiProperty()
  createdAt!: Date;
  @ApiProperty()
  updatedAt!: Date;

  static from(row: FaqDocument): FaqAnswer {
    return { ...row };
  }
}

export class FaqVersionListQuery {
  @IntQueryField({ min: 1, max: 100, default: 25 })
  limit: number = 25;
  @IntQueryField({ min: 1, max: MAX_VERSION, default: MAX_VERSION, description: 'Only older ones than this version.' })
  before: number = MAX_VERSION;
}

class FaqVersionAnswer {
  @ApiProperty()
  version!: number;
  @ApiProperty({ format: 'uuid' })
  categoryId!: string;
  @ApiProperty()
  question!: string;
  @ApiProperty()
  answer!: string;
  @ApiProperty({ type: [String] })
  keywords!: readonly string[];
  @ApiProperty({ enum: FAQ_STATUSES })
  status!: FaqStatus;
  @ApiProperty({ format: 'uuid' })
  changedBy!: string;
  @ApiProperty()
  changedAt!: Date;
}

export class FaqVersionsAnswer {
  @ApiProperty({ type: [FaqVersionAnswer], description: 'The latest first.' })
  data!: FaqVersionAnswer[];

  static from(rows: readonly FaqVersion[]): FaqVersionsAnswer {
    return { data: [...rows] };
  }
}

export class FaqAnalyticsQuery {
  @IntQueryField({ min: 1, max: 366, default: 30, description: 'How many days back.' })
  days: number = 30;
  @IntQueryField({ min: 1, max: 100, default: 25, description: 'So many of each kind.' })
  limit: number = 25;
}

class FaqCountAnswer {
  @ApiProperty({ enum: ['VIEW', 'HELPFUL', 'UNHELPFUL', 'MISS'] })
  event!: string;
  @ApiProperty({ description: 'Id of the question; of a MISS, what was searched for.' })
  subject!: string;
  @ApiProperty()
  count!: number;
}

export class FaqAnalyticsAnswer {
  @ApiProperty({ type: [FaqCountAnswer], description: 'The most frequent of each kind first.' })
  data!: FaqCountAnswer[];

  static from(rows: readonly FaqCount[]): FaqAnalyticsAnswer {
    return { data: [...rows] };
  }
}
