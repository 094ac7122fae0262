import { Injectable } from '@nestjs/common';
import { IdentityDatabase } from '../../platform/database/identity-database.js';
import type { StoredVector } from './faq.types.js';

@Injectable()
export class FaqEmbeddingRepository {
  constructor(private readonly identity: IdentityDatabase) {}

  /** Puts the parts of a version in place of those of an older one. */
  async replace(documentId: string, version: number, model: string, parts: readonly StoredVector[]): Promise<void> {
    const text = `
      WITH gone AS (
        DELETE FROM faq_embeddings
         WHERE product = $1 AND document_id = $2 AND model = $4 AND part >= $5 AND document_version <= $3)
      INSERT INTO faq_embeddings (product, document_id, document_version, model, part, embedding, signature, bands)
      SELECT $1::text, $2::uuid, $3::int, $4::text, p.place, ARRAY(SELECT v::real FROM jsonb_array_elements_text(p.part->'embedding') v),
             (p.part->>'signature')::bit(256), ARRAY(SELECT b::int FROM jsonb_array_elements_text(p.part->'bands') b)
        FROM (SELECT part, (place - 1)::int AS place FROM jsonb_array_elements($6::jsonb) WITH ORDINALITY x (part, place)) p
      ON CONFLICT (product, document_id, model, part) DO UPDATE
        SET document_version = excluded.document_version, embedding = excluded.embedding, signature = excluded.signature,
            bands = excluded.bands
        WHERE faq_embeddings.document_version <= excluded.document_version`;
    await this.identity.query(null, text, documentId, version, model, parts.length, JSON.stringify(parts));
  }
}
