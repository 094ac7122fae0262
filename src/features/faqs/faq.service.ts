import { Injectable, Logger } from '@nestjs/common';
import { type ListQuery, type Page, toPage, toPosition } from '../../platform/http/pagination.js';
import { VisitorLimiter } from '../../platform/limits/visitor-limiter.js';
import { FaqEmbeddingService } from './faq-embedding.service.js';
import { FaqReadingRepository } from './faq-reading.repository.js';
import { faqNotFound } from './faq.errors.js';
import type { FaqEvent, FaqHit, FaqLink, PublishedFaq } from './faq.types.js';

const MAX_SUBJECT = 100;

/** The published questions of the product, for everybody. */
@Injectable()
export class FaqService {
  private readonly logger = new Logger(FaqService.name);

  constructor(
    private readonly repository: FaqReadingRepository,
    private readonly embeddings: FaqEmbeddingService,
    private readonly limiter: VisitorLimiter,
  ) {}

  async list(query: ListQuery & { readonly categoryId?: string }): Promise<Page<PublishedFaq>> {
    const rows = await this.repository.list(query.categoryId ?? null, query, toPosition(query));
    return toPage(rows, query, (row) => row);
  }

  /** Counts as a view. @throws FAQ_NOT_FOUND */
  async get(id: string): Promise<PublishedFaq & { related: FaqLink[] }> {
    const document = await this.repository.find(id);
    if (!document) throw faqNotFound();
    const [related] = await Promise.all([this.repository.listRelated(id), this.count('VIEW', id)]);
    return { ...document, related };
  }

  /**
   * Returns what fits best, by words, by words that look alike, and by meaning. A search that finds nothing is counted.
   * @remarks One statement; with an endpoint for embeddings one call to it before, for a question that is new.
   */
  async search(question: string, limit: number, categoryId: string | null = null): Promise<FaqHit[]> {
    const hits = await this.find(question, limit, categoryId);
    const subject = question.normalize('NFKC').toLowerCase().replaceAll(/\s+/gu, ' ').trim().slice(0, MAX_SUBJECT);
    if (hits.length === 0 && subject.isWellFormed()) await this.count('MISS', subject);
    return hits;
  }

  /** The same without counting. */
  async find(question: string, limit: number, categoryId: string | null = null): Promise<FaqHit[]> {
    const vector = await this.embeddings.embedQuestion(question);
    return await this.repository.search({ question, model: this.embeddings.model, vector, categoryId, limit });
  }

  /** Counts whether it helped, once a day of each source. @throws FAQ_NOT_FOUND, RATE_LIMITED */
  async rate(id: string, isHelpful: boolean, ipAddress: string | undefined): Promise<void> {
    await this.limiter.requireSource('faq-feedback', ipAddress);
    if (!(await this.repository.find(id))) throw faqNotFound();
    if (await this.limiter.isWithin('faq-vote', ipAddress, id))
      await this.repository.count(isHelpful ? 'HELPFUL' : 'UNHELPFUL', id);
  }

  /** What cannot be counted is answered all the same. */
  private async count(event: FaqEvent, subject: string): Promise<void> {
    await this.repository.count(event, subject).catch((error: unknown) => {
      this.logger.warn({ err: error }, `A ${event} could not be counted.`);
    });
  }
}
