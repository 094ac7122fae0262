import { Injectable } from '@nestjs/common';
import { ProductSql } from '../../platform/database/product-sql.js';
import { workSignal } from '../../platform/database/work-signal.js';
import type { Position } from '../../platform/http/pagination.js';
import type { ChatAnswer, ChatCaller, ChatConversation, ChatMessage } from './chat.types.js';

const CONVERSATION = `id, message_count AS "messageCount", last_message_at AS "lastMessageAt", created_at AS "createdAt"`;
const MESSAGE = `id, role, content, sources, model, created_at AS "createdAt"`;
/** $2 to $4 are the caller. The policies keep to product and organization; here it is one person's, too. */
const OWN = `product = $1 AND organization_id IS NOT DISTINCT FROM $2::uuid
  AND (user_id = $3::uuid OR (user_id IS NULL AND visitor_hash = $4))`;

const valuesOf = ({ organizationId, userId, visitorHash }: ChatCaller) => [organizationId, userId, visitorHash];

/** One page of a list. */
interface Paging {
  readonly sort: string;
  readonly limit: number;
}

/** A conversation in which an answer may be written, until its lease ends. */
export interface LeasedConversation extends ChatConversation {
  readonly leasedUntil: Date;
}

@Injectable()
export class ChatRepository {
  constructor(private readonly database: ProductSql) {}

  /** Says when nobody waits for the request any more. */
  get givenUp(): AbortSignal | undefined {
    return workSignal();
  }

  async add(caller: ChatCaller, id: string): Promise<ChatConversation> {
    const text = `
      INSERT INTO chat_conversations (product, organization_id, user_id, visitor_hash, id)
      VALUES ($1::text, $2, $3, $4, $5) RETURNING ${CONVERSATION}`;
    return (await this.database.query<ChatConversation>(text, ...valuesOf(caller), id))[0] as ChatConversation;
  }

  /** Whether a visitor with this secret has been here. */
  async isKnown(visitorHash: string): Promise<boolean> {
    const text = 'SELECT 1 FROM chat_conversations WHERE product = $1 AND visitor_hash = $2 LIMIT 1';
    return (await this.database.query(text, visitorHash)).length > 0;
  }

  async list(caller: ChatCaller, { sort, limit }: Paging, after: Position | null): Promise<ChatConversation[]> {
    const [direction, beyond] = sort.startsWith('-') ? ['DESC', '<'] : ['ASC', '>'];
    const text = `
      SELECT ${CONVERSATION} FROM chat_conversations
       WHERE ${OWN} AND ($5::uuid IS NULL OR (created_at, id) ${beyond} ($6::timestamptz, $5::uuid))
       ORDER BY created_at ${direction}, id ${direction} LIMIT $7`;
    return await this.database.query(text, ...valuesOf(caller), after?.id ?? null, after?.value ?? null, limit + 1);
  }

  async find(caller: ChatCaller, id: string): Promise<ChatConversation | null> {
    const text = `SELECT ${CONVERSATION} FROM chat_conversations WHERE ${OWN} AND id = $5`;
    return (await this.database.query<ChatConversation>(text, ...valuesOf(caller), id))[0] ?? null;
  }

  /** Messages of a conversation that was found to be the caller's. */
  async listMessages(id: string, { sort, limit }: Paging, after: Position | null): Promise<ChatMessage[]> {
    const [direction, beyond] = sort.startsWith('-') ? ['DESC', '<'] : ['ASC', '>'];
    const text = `
      SELECT ${MESSAGE} FROM chat_messages
       WHERE product = $1 AND conversation_id = $2
         AND ($3::uuid IS NULL OR (created_at, id) ${beyond} ($4::timestamptz, $3::uuid))
       ORDER BY created_at ${direction}, id ${direction} LIMIT $5`;
    return await this.database.query(text, id, after?.id ?? null, after?.value ?? null, limit + 1);
  }

  /** Returns the last messages, oldest first. */
  async listRecent(id: string, limit: number): Promise<ChatMessage[]> {
    const text = `SELECT ${MESSAGE} FROM chat_messages WHERE product = $1 AND conversation_id = $2 ORDER BY sequence DESC LIMIT $3`;
    return (await this.database.query<ChatMessage>(text, id, limit)).reverse();
  }

  /** Takes the right to answer. Returns null if it is not the caller's, full, or somebody else has that right. */
  async lease(caller: ChatCaller, id: string, most: number, seconds: number): Promise<LeasedConversation | null> {
    const text = `
      UPDATE chat_conversations SET answering_until = now() + make_interval(secs => $7::int), updated_at = now()
       WHERE ${OWN} AND id = $5 AND message_count < $6 AND coalesce(answering_until < now(), true)
      RETURNING ${CONVERSATION}, answering_until AS "leasedUntil"`;
    return (await this.database.query<LeasedConversation>(text, ...valuesOf(caller), id, most, seconds))[0] ?? null;
  }

  async release({ id, leasedUntil }: LeasedConversation): Promise<void> {
    const text = `
      UPDATE chat_conversations SET answering_until = NULL, updated_at = now()
       WHERE product = $1 AND id = $2 AND answering_until = $3`;
    await this.database.query(text, id, leasedUntil);
  }

  /** Stores question and answer together and gives the lease back. Returns the answer, or null if the lease was lost. */
  async addTurn(
    { id, leasedUntil }: LeasedConversation,
    question: { readonly id: string; readonly content: string },
    answer: ChatAnswer & { readonly id: string },
  ): Promise<ChatMessage | null> {
    const text = `
      WITH turned AS (
        UPDATE chat_conversations
           SET message_count = message_count + 2, answering_until = NULL, last_message_at = now(), updated_at = now()
         WHERE product = $1 AND id = $2 AND answering_until = $3
        RETURNING id, organization_id, message_count)
      INSERT INTO chat_messages (product, organization_id, conversation_id, id, sequence, role, content, sources, model)
      SELECT $1::text, t.organization_id, t.id, m.id, t.message_count - m.back, m.role, m.content, m.sources, m.model
        FROM turned t, (VALUES ($4::uuid, 1, 'USER', $5::text, '[]'::jsonb, NULL::text),
                               ($6::uuid, 0, 'ASSISTANT', $7::text, $8::jsonb, $9::text)) m (id, back, role, content, sources, model)
      RETURNING ${MESSAGE}`;
    const { content, sources, model } = answer;
    const values = [question.id, question.content, answer.id, content, JSON.stringify(sources), model];
    const rows = await this.database.query<ChatMessage>(text, id, leasedUntil, ...values);
    return rows.find((row) => row.id === answer.id) ?? null;
  }
}
