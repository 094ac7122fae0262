import { Injectable } from '@nestjs/common';
import { IdentityDatabase } from '../../platform/database/identity-database.js';
import type { Position } from '../../platform/http/pagination.js';
import { ON_RECORD } from '../audit/audit.types.js';
import type { FaqContent, FaqCount, FaqDocument, FaqStatus, FaqVersion } from './faq.types.js';

const FIELDS = `id, category_id AS "categoryId", question, answer, keywords, status, published_at AS "publishedAt",
  published_by AS "publishedBy", created_by AS "createdBy", updated_by AS "updatedBy", version,
  created_at AS "createdAt", updated_at AS "updatedAt"`;
const COLUMNS = `${FIELDS},
  ARRAY(SELECT r.related_id FROM faq_related r WHERE r.product = $1 AND r.document_id = faq_documents.id
         ORDER BY r.position, r.related_id) AS "relatedIds",
  EXISTS (SELECT FROM faq_embeddings e WHERE e.product = $1 AND e.document_id = faq_documents.id AND e.model = $2
             AND e.document_version = faq_documents.version) AS "isEmbedded"`;
const VERSIONED = `versioned AS (
  INSERT INTO faq_document_versions (product, document_id, version, category_id, question, answer, keywords, status, changed_by)
  SELECT $1::text, id, version, category_id, question, answer, keywords, status, updated_by FROM changed)`;

export interface DocumentFilter {
  readonly status: FaqStatus | null;
  readonly categoryId: string | null;
  readonly sort: string;
  readonly limit: number;
  readonly after: Position | null;
}

/** What a change is made of; what is left out stays. */
export interface DocumentChange extends Partial<FaqContent> {
  readonly relatedIds?: readonly string[];
}

/** Documents as people of the platform see and change them; each change with its version and its record. */
@Injectable()
export class FaqDocumentRepository {
  constructor(private readonly identity: IdentityDatabase) {}

  /** @param model - whose embeddings count */
  async list(model: string, filter: DocumentFilter): Promise<FaqDocument[]> {
    const { status, categoryId, sort, limit, after } = filter;
    const [direction, beyond] = sort.startsWith('-') ? ['DESC', '<'] : ['ASC', '>'];
    const [column, type] = sort.endsWith('question') ? ['question', 'text'] : ['created_at', 'timestamptz'];
    const text = `
      SELECT ${COLUMNS} FROM faq_documents
       WHERE product = $1 AND ($3::text IS NULL OR status = $3) AND ($4::uuid IS NULL OR category_id = $4)
         AND ($5::uuid IS NULL OR (${column}, id) ${beyond} ($6::${type}, $5::uuid))
       ORDER BY ${column} ${direction}, id ${direction} LIMIT $7`;
    const position = [after?.id ?? null, after?.value ?? null];
    return await this.identity.query(null, text, model, status, categoryId, ...position, limit + 1);
  }

  async find(model: string, id: string): Promise<FaqDocument | null> {
    const text = `SELECT ${COLUMNS} FROM faq_documents WHERE product = $1 AND id = $3`;
    return (await this.identity.query<FaqDocument>(null, text, model, id))[0] ?? null;
  }

  /** Returns up to `limit` published documents that have no embedding of this model and version. */
  async listWithoutEmbedding(model: string, limit: number): Promise<FaqDocument[]> {
    const text = `
      SELECT ${COLUMNS} FROM faq_documents
       WHERE product = $1 AND status = 'PUBLISHED'
         AND NOT EXISTS (SELECT FROM faq_embeddings e WHERE e.product = $1 AND e.document_id = faq_documents.id
                            AND e.model = $2 AND e.document_version = faq_documents.version)
       ORDER BY created_at, id LIMIT $3`;
    return await this.identity.query(null, text, model, limit);
  }

  /** Returns false if the category is missing or deactivated. */
  async add(record: string, id: string, content: FaqContent & { relatedIds: readonly string[] }): Promise<boolean> {
    const text = `
      WITH changed AS (
        INSERT INTO faq_documents (product, id, category_id, question, answer, keywords, status, created_by, updated_by,
                                   published_at, published_by)
        SELECT $1::text, $3, c.id, $5, $6, $7, $8::text, a.id, a.id, CASE WHEN $8::text = 'PUBLISHED' THEN now() END,
               CASE WHEN $8::text = 'PUBLISHED' THEN a.id END
          FROM faq_categories c, (SELECT ($2::jsonb->>'actorId')::uuid AS id) a
         WHERE c.product = $1 AND c.id = $4 AND c.is_active
        RETURNING *), ${VERSIONED}, ${relateTo('$9')}, ${ON_RECORD}
      SELECT id FROM changed`;
    const { categoryId, question, answer, keywords, status, relatedIds } = content;
    const values = [id, categoryId, question, answer, keywords, status, relatedIds];
    return (await this.identity.query(null, text, record, ...values)).length > 0;
  }

  /** Returns false if it is missing or has another version, or the category is missing or deactivated. */
  async update(record: string, id: string, version: number | undefined, change: DocumentChange): Promise<boolean> {
    const text = `
      WITH changed AS (
        UPDATE faq_documents d
           SET category_id = coalesce($5::uuid, d.category_id), question = coalesce($6::text, d.question),
               answer = coalesce($7::text, d.answer), keywords = coalesce($8::text[], d.keywords), status = coalesce($9::text, d.status),
               published_at = CASE WHEN $9::text = 'PUBLISHED' AND d.status <> 'PUBLISHED' THEN now() ELSE d.published_at END,
               published_by = CASE WHEN $9::text = 'PUBLISHED' AND d.status <> 'PUBLISHED' THEN a.id ELSE d.published_by END,
               updated_by = a.id, version = d.version + 1, updated_at = now()
          FROM (SELECT ($2::jsonb->>'actorId')::uuid AS id) a
         WHERE d.product = $1 AND d.id = $3 AND d.version = coalesce($4::int, d.version)
           AND ($5::uuid IS NULL OR EXISTS (SELECT FROM faq_categories c WHERE c.product = $1 AND c.id = $5::uuid AND c.is_active))
        RETURNING d.*), ${VERSIONED},
      unrelated AS (
        DELETE FROM faq_related r USING changed c
         WHERE r.product = $1 AND r.document_id = c.id AND $10::uuid[] IS NOT NULL AND r.related_id <> ALL ($10::uuid[])),
      ${relateTo('$10')}, ${ON_RECORD}
      SELECT id FROM changed`;
    const {
      categoryId = null,
      question = null,
      answer = null,
      keywords = null,
      status = null,
      relatedIds = null,
    } = change;
    const values = [id, version ?? null, categoryId, question, answer, keywords, status, relatedIds];
    return (await this.identity.query(null, text, record, ...values)).length > 0;
  }

  /** Returns the versions before `before`, latest first, one more than `limit`. */
  async listVersions(id: string, before: number, limit: number): Promise<FaqVersion[]> {
    const text = `
      SELECT version, category_id AS "categoryId", question, answer, keywords, status, changed_by AS "changedBy",
             changed_at AS "changedAt"
        FROM faq_document_versions WHERE product = $1 AND document_id = $2 AND version < $3
       ORDER BY version DESC LIMIT $4`;
    return await this.identity.query(null, text, id, before, limit + 1);
  }

  /** Returns what happened most often in the last days. */
  async listCounts(days: number, limit: number): Promise<FaqCount[]> {
    const text = `
      SELECT event, subject, count FROM (
        SELECT event, subject, sum(count)::int AS count, row_number() OVER (PARTITION BY event ORDER BY sum(count) DESC, subject) AS place
          FROM faq_analytics WHERE product = $1 AND day > CURRENT_DATE - $2::int GROUP BY event, subject) counted
       WHERE place <= $3 ORDER BY event, place`;
    return await this.identity.query(null, text, days, limit);
  }
}

function relateTo(ids: string): string {
  return `related AS (
    INSERT INTO faq_related (product, document_id, related_id, position)
    SELECT $1::text, c.id, r.id, r.place::int FROM changed c, unnest(${ids}::uuid[]) WITH ORDINALITY r (id, place)
    ON CONFLICT (product, document_id, related_id) DO UPDATE SET position = excluded.position)`;
}
