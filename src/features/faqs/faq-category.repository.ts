import { Injectable } from '@nestjs/common';
import { IdentityDatabase } from '../../platform/database/identity-database.js';
import type { Position } from '../../platform/http/pagination.js';
import { ON_RECORD } from '../audit/audit.types.js';
import type { FaqCategory } from './faq.types.js';

const COLUMNS = `id, name, slug, description, position, is_active AS "isActive", version,
  created_at AS "createdAt", updated_at AS "updatedAt"`;

export type CategoryFields = Pick<FaqCategory, 'name' | 'slug' | 'description' | 'position'>;

/** What a list is asked for. */
export interface CategoryFilter {
  readonly includeInactive: boolean;
  readonly sort: string;
  readonly limit: number;
  readonly after: Position | null;
}

/** Categories as people of the platform see and change them; each change with its record. */
@Injectable()
export class FaqCategoryRepository {
  constructor(private readonly identity: IdentityDatabase) {}

  async list({ includeInactive, sort, limit, after }: CategoryFilter): Promise<FaqCategory[]> {
    const [direction, beyond] = sort.startsWith('-') ? ['DESC', '<'] : ['ASC', '>'];
    const [column, type] = sort.endsWith('name') ? ['name', 'text'] : ['created_at', 'timestamptz'];
    const text = `
      SELECT ${COLUMNS} FROM faq_categories
       WHERE product = $1 AND (is_active OR $2)
         AND ($3::uuid IS NULL OR (${column}, id) ${beyond} ($4::${type}, $3::uuid))
       ORDER BY ${column} ${direction}, id ${direction} LIMIT $5`;
    return await this.identity.query(null, text, includeInactive, after?.id ?? null, after?.value ?? null, limit + 1);
  }

  async find(id: string): Promise<FaqCategory | null> {
    const text = `SELECT ${COLUMNS} FROM faq_categories WHERE product = $1 AND id = $2`;
    return (await this.identity.query<FaqCategory>(null, text, id))[0] ?? null;
  }

  async add(record: string, id: string, { name, slug, description, position }: CategoryFields): Promise<FaqCategory> {
    const text = `
      WITH changed AS (
        INSERT INTO faq_categories (product, id, name, slug, description, position)
        VALUES ($1::text, $3, $4, $5, $6, $7) RETURNING ${COLUMNS}), ${ON_RECORD}
      SELECT * FROM changed`;
    const [row] = await this.identity.query<FaqCategory>(null, text, record, id, name, slug, description, position);
    return row as FaqCategory;
  }

  /** Returns the changed row, or null if it is missing, deactivated or has another version. */
  async update(
    record: string,
    id: string,
    version: number | undefined,
    fields: Partial<CategoryFields>,
  ): Promise<FaqCategory | null> {
    const text = `
      WITH changed AS (
        UPDATE faq_categories c
           SET name = coalesce(f->>'name', c.name), slug = coalesce(f->>'slug', c.slug),
               description = CASE WHEN f ? 'description' THEN f->>'description' ELSE c.description END,
               position = coalesce((f->>'position')::int, c.position), version = c.version + 1, updated_at = now()
          FROM (SELECT $5::jsonb AS f) given
         WHERE c.product = $1 AND c.id = $3 AND c.version = coalesce($4::int, c.version) AND c.is_active
        RETURNING ${COLUMNS}), ${ON_RECORD}
      SELECT * FROM changed`;
    const [row] = await this.identity.query<FaqCategory>(
      null,
      text,
      record,
      id,
      version ?? null,
      JSON.stringify(fields),
    );
    return row ?? null;
  }

  /** Returns null if it is missing, has another version, or holds documents that are not archived. */
  async setActive(
    record: string,
    id: string,
    version: number | undefined,
    isActive: boolean,
  ): Promise<FaqCategory | null> {
    const text = `
      WITH changed AS (
        UPDATE faq_categories SET is_active = $5, deleted_at = CASE WHEN $5 THEN NULL ELSE now() END,
               deleted_by = CASE WHEN $5 THEN NULL ELSE ($2::jsonb->>'actorId')::uuid END,
               version = version + 1, updated_at = now()
         WHERE product = $1 AND id = $3 AND version = coalesce($4::int, version) AND is_active <> $5
           AND ($5 OR NOT EXISTS (SELECT FROM faq_documents d
                                   WHERE d.product = $1 AND d.category_id = $3 AND d.status <> 'ARCHIVED'))
        RETURNING ${COLUMNS}), ${ON_RECORD}
      SELECT * FROM changed`;
    const [row] = await this.identity.query<FaqCategory>(null, text, record, id, version ?? null, isActive);
    return row ?? null;
  }
}
