import { ApiProperty } from '@nestjs/swagger';
import { BooleanField, IntQueryField, StringField, UuidField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';
import type { FaqHit, FaqLink, PublishedFaq } from './faq.types.js';

const MAX_RESULTS = 20;

export class FaqListQuery extends listQuery(['publishedAt', 'question'], '-publishedAt') {
  @UuidField({ optional: true })
  categoryId?: string;
}

export class FaqSearchQuery {
  @StringField({ max: 200, description: 'A question, or words of one.', example: 'How do I cancel my booking?' })
  q!: string;
  @IntQueryField({ min: 1, max: MAX_RESULTS, default: 5 })
  limit: number = 5;
  @UuidField({ optional: true })
  categoryId?: string;
}

export class FaqFeedback {
  @BooleanField()
  isHelpful!: boolean;
}

export class PublishedFaqAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty()
  question!: string;
  @ApiProperty()
  answer!: string;
  @ApiProperty({ format: 'uuid' })
  categoryId!: string;
  @ApiProperty()
  category!: string;
  @ApiProperty()
  publishedAt!: Date;

  static from({ id, question, answer, categoryId, category, publishedAt }: PublishedFaq): PublishedFaqAnswer {
    return { id, question, answer, categoryId, category, publishedAt };
  }
}

class FaqLinkAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty()
  question!: string;
}

export class FaqWithRelatedAnswer extends PublishedFaqAnswer {
  @ApiProperty({ type: [FaqLinkAnswer], description: 'What to read next.' })
  related!: FaqLink[];

  static override from(row: PublishedFaq & { related: FaqLink[] }): FaqWithRelatedAnswer {
    return { ...PublishedFaqAnswer.from(row), related: row.related };
  }
}

class FaqHitAnswer extends PublishedFaqAnswer {
  @ApiProperty({ description: 'Higher is better; comparable within one search only.' })
  score!: number;
}

export class FaqSearchAnswer {
  @ApiProperty({ type: [FaqHitAnswer], description: 'The best first.' })
  data!: FaqHitAnswer[];

  static from(hits: readonly FaqHit[]): FaqSearchAnswer {
    return { data: hits.map((hit) => ({ ...PublishedFaqAnswer.from(hit), score: hit.score })) };
  }
}
