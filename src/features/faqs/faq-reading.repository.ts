import { Injectable } from '@nestjs/common';
import { ProductSql } from '../../platform/database/product-sql.js';
import type { Position } from '../../platform/http/pagination.js';
import type { FaqEvent, FaqHit, FaqLink, PublishedFaq, StoredVector } from './faq.types.js';

const COLUMNS = `d.id, d.question, d.answer, d.category_id AS "categoryId", c.name AS category, d.published_at AS "publishedAt"`;
const PUBLISHED = `faq_documents d JOIN faq_categories c ON c.product = d.product AND c.id = d.category_id
 WHERE d.product = $1 AND d.status = 'PUBLISHED'`;
const MOST_MISSES_A_DAY = 1_000;

/** A search as the database takes it. Without a vector only words count. */
export interface FaqSearch {
  readonly question: string;
  readonly model: string;
  readonly vector: StoredVector | null;
  readonly categoryId: string | null;
  readonly limit: number;
}

/** What everybody may read of the product's questions. The app role's policies show published ones of this product only. */
@Injectable()
export class FaqReadingRepository {
  constructor(private readonly database: ProductSql) {}

  async list(
    categoryId: string | null,
    { sort, limit }: { sort: string; limit: number },
    after: Position | null,
  ): Promise<PublishedFaq[]> {
    const [direction, beyond] = sort.startsWith('-') ? ['DESC', '<'] : ['ASC', '>'];
    const [column, type] = sort.endsWith('question') ? ['d.question', 'text'] : ['d.published_at', 'timestamptz'];
    const text = `
      SELECT ${COLUMNS} FROM ${PUBLISHED} AND ($2::uuid IS NULL OR d.category_id = $2)
         AND ($3::uuid IS NULL OR (${column}, d.id) ${beyond} ($4::${type}, $3::uuid))
       ORDER BY ${column} ${direction}, d.id ${direction} LIMIT $5`;
    return await this.database.query(text, categoryId, after?.id ?? null, after?.value ?? null, limit + 1);
  }

  async find(id: string): Promise<PublishedFaq | null> {
    return (
      (await this.database.query<PublishedFaq>(`SELECT ${COLUMNS} FROM ${PUBLISHED} AND d.id = $2`, id))[0] ?? null
    );
  }

  async listRelated(id: string): Promise<FaqLink[]> {
    const text = `
      SELECT d.id, d.question FROM faq_related r JOIN faq_documents d ON d.product = r.product AND d.id = r.related_id
       WHERE r.product = $1 AND r.document_id = $2 AND d.status = 'PUBLISHED' ORDER BY r.position, d.id`;
    return await this.database.query(text, id);
  }

  /** Ranks by search_faqs, which gives ids only, and reads the rows behind the policies. */
  async search({ question, model, vector, categoryId, limit }: FaqSearch): Promise<FaqHit[]> {
    const text = `
      SELECT ${COLUMNS}, s.score
        FROM search_faqs($2, $3, $4::real[], $5::bit(256), $6::int[], $7) s
        JOIN faq_documents d ON d.product = $1 AND d.id = s.document_id AND d.status = 'PUBLISHED'
        JOIN faq_categories c ON c.product = $1 AND c.id = d.category_id
       WHERE $8::uuid IS NULL OR d.category_id = $8
       ORDER BY s.score DESC, d.id LIMIT $9`;
    // Of another category as well, so that enough are left.
    const most = categoryId === null ? limit : 50;
    const asked = [
      vector === null ? '' : model,
      vector?.embedding ?? [],
      vector?.signature ?? '0',
      vector?.bands ?? [],
    ];
    return await this.database.query(text, question, ...asked, most, categoryId, limit);
  }

  /** Counts something that happened today. Searches in vain are kept up to so many a day: their words come from anybody. */
  async count(event: FaqEvent, subject: string): Promise<void> {
    const text = `
      INSERT INTO faq_analytics (product, event, subject)
      SELECT $1::text, $2::text, $3::text
       WHERE $2 <> 'MISS'
          OR EXISTS (SELECT FROM faq_analytics WHERE product = $1 AND day = CURRENT_DATE AND event = 'MISS' AND subject = $3)
          OR (SELECT count(*) FROM (SELECT FROM faq_analytics WHERE product = $1 AND day = CURRENT_DATE AND event = 'MISS'
                                     LIMIT ${MOST_MISSES_A_DAY}) few) < ${MOST_MISSES_A_DAY}
      ON CONFLICT (product, day, event, subject) DO UPDATE SET count = faq_analytics.count + 1`;
    await this.database.query(text, event, subject);
  }
}
