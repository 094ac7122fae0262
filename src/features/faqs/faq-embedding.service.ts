import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Embedder } from '../../platform/llm/embedder.js';
import { FaqDocumentRepository } from './faq-document.repository.js';
import { FaqEmbeddingRepository } from './faq-embedding.repository.js';
import { toStoredVector } from './faq-signature.js';
import type { FaqDocument, StoredVector } from './faq.types.js';

const PART_CHARACTERS = 1_200;
const MAX_PARTS = 8;
const BATCH = 50;
const KEPT_QUESTIONS = 2_000;
/** A visitor waits: whoever cannot be found by meaning in that time is found by words. */
const QUESTION_TIMEOUT_MS = 2_000;

/** Makes vectors of documents and questions. What has none is found by its words all the same. */
@Injectable()
export class FaqEmbeddingService {
  private readonly logger = new Logger(FaqEmbeddingService.name);
  /** Of the text alone, so that it tells nothing about who asked. */
  private readonly questions = new LRUCache<string, StoredVector>({ max: KEPT_QUESTIONS });

  constructor(
    private readonly embedder: Embedder,
    private readonly documents: FaqDocumentRepository,
    private readonly repository: FaqEmbeddingRepository,
  ) {}

  get model(): string {
    return this.embedder.model;
  }

  /** Returns null if the endpoint gives none. */
  async embedQuestion(question: string): Promise<StoredVector | null> {
    const known = this.questions.get(question);
    if (known) return known;
    try {
      const [vector] = await this.embedder.embed([question], AbortSignal.timeout(QUESTION_TIMEOUT_MS));
      if (!vector || vector.every((value) => value === 0)) return null;
      const stored = toStoredVector(vector, this.model);
      this.questions.set(question, stored);
      return stored;
    } catch (error) {
      this.logger.warn({ err: error }, 'A question could not be embedded: it is searched for by its words alone.');
      return null;
    }
  }

  /** Embeds a published document. Returns false if the endpoint gives nothing; `faqs:embed` tries again. */
  async embedDocument(document: FaqDocument): Promise<boolean> {
    try {
      const vectors = await this.embedder.embed(toParts(document));
      const parts = vectors.map((vector) => toStoredVector(vector, this.model));
      await this.repository.replace(document.id, document.version, this.model, parts);
      return true;
    } catch (error) {
      this.logger.warn({ err: error }, `The question ${document.id} could not be embedded.`);
      return false;
    }
  }

  /** Embeds every published document that has no embedding of the current model. Returns how many got one. */
  async embedAll(): Promise<{ embedded: number; failed: number }> {
    let embedded = 0;
    for (;;) {
      const batch = await this.documents.listWithoutEmbedding(this.model, BATCH);
      const outcomes: boolean[] = [];
      for (const document of batch) outcomes.push(await this.embedDocument(document));
      const failed = outcomes.filter((isDone) => !isDone).length;
      embedded += outcomes.length - failed;
      // What failed would come again and again.
      if (failed > 0 || batch.length < BATCH) return { embedded, failed };
    }
  }
}

/** The question by itself, then with the answer in pieces: a long answer would drown it. */
function toParts({ question, keywords, answer }: FaqDocument): string[] {
  const pieces =
    answer.match(new RegExp(`[\\s\\S]{1,${PART_CHARACTERS}}(?=\\s|$)|[\\s\\S]{1,${PART_CHARACTERS}}`, 'g')) ?? [];
  return [`${question} ${keywords.join(' ')}`, ...pieces.map((piece) => `${question} ${piece}`)].slice(0, MAX_PARTS);
}
