import { Injectable } from '@nestjs/common';
import { IdentityDatabase } from '../../platform/database/identity-database.js';
import { ProductSql } from '../../platform/database/product-sql.js';
import { ON_RECORD } from '../audit/audit.types.js';
import { type ChatConfig, type ChatPrompts, DEFAULT_PROMPTS } from './chat.types.js';

/** The prompts and tools of the product's assistant: everybody's to read here, people of the platform's to change. */
@Injectable()
export class ChatConfigRepository {
  constructor(
    private readonly database: ProductSql,
    private readonly identity: IdentityDatabase,
  ) {}

  async get(): Promise<ChatConfig> {
    const text = `
      SELECT (SELECT jsonb_object_agg(name, content) FROM chat_prompts WHERE product = $1) AS prompts,
             coalesce((SELECT jsonb_agg(jsonb_build_object('name', name, 'isEnabled', is_enabled) ORDER BY name)
                         FROM chat_tools WHERE product = $1), '[]') AS tools,
             coalesce((SELECT version FROM chat_prompts WHERE product = $1 AND name = 'system'), 0) AS version`;
    type Row = Omit<ChatConfig, 'prompts'> & { readonly prompts: ChatPrompts | null };
    const [row] = await this.database.query<Row>(text);
    return { prompts: row?.prompts ?? DEFAULT_PROMPTS, tools: row?.tools ?? [], version: row?.version ?? 0 };
  }

  /** Replaces all of it, together with its record. Returns false if it has another version. */
  async put(
    record: string,
    { prompts, tools }: Omit<ChatConfig, 'version'>,
    version: number | undefined,
  ): Promise<boolean> {
    const text = `
      WITH actor AS (SELECT ($2::jsonb->>'actorId')::uuid AS id),
      changed AS (
        INSERT INTO chat_prompts (product, name, content, updated_by)
        SELECT $1::text, 'system', $3::jsonb->>'system', actor.id FROM actor
         WHERE coalesce($5::int, 0) = 0 OR EXISTS (SELECT FROM chat_prompts WHERE product = $1 AND name = 'system')
        ON CONFLICT (product, name) DO UPDATE
          SET content = excluded.content, version = chat_prompts.version + 1, updated_by = excluded.updated_by, updated_at = now()
          WHERE chat_prompts.version = coalesce($5::int, chat_prompts.version)
        RETURNING name AS id, updated_by),
      others AS (
        INSERT INTO chat_prompts (product, name, content, updated_by)
        SELECT $1::text, p.key, p.value, c.updated_by FROM changed c, jsonb_each_text($3::jsonb) p WHERE p.key <> 'system'
        ON CONFLICT (product, name) DO UPDATE
          SET content = excluded.content, version = chat_prompts.version + 1, updated_by = excluded.updated_by, updated_at = now()),
      gone AS (
        DELETE FROM chat_tools t USING changed
         WHERE t.product = $1 AND t.name NOT IN (SELECT x->>'name' FROM jsonb_array_elements($4::jsonb) x)),
      kept AS (
        INSERT INTO chat_tools (product, name, is_enabled, updated_by)
        SELECT $1::text, x->>'name', (x->>'isEnabled')::boolean, c.updated_by FROM changed c, jsonb_array_elements($4::jsonb) x
        ON CONFLICT (product, name) DO UPDATE
          SET is_enabled = excluded.is_enabled, updated_by = excluded.updated_by, updated_at = now()), ${ON_RECORD}
      SELECT id FROM changed`;
    const values = [JSON.stringify(prompts), JSON.stringify(tools), version ?? null];
    return (await this.identity.query(null, text, record, ...values)).length > 0;
  }
}
