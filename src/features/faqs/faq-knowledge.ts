import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { KnowledgePiece, KnowledgeSource } from '../../platform/llm/knowledge-source.js';
import { KnowledgeRegistry } from '../../platform/llm/knowledge.registry.js';
import { FaqService } from './faq.service.js';

const MAX_CHARACTERS = 3_000;

/** Lets the assistant answer from the published questions. */
@Injectable()
export class FaqKnowledge implements KnowledgeSource, OnApplicationBootstrap {
  readonly kind = 'faq';

  constructor(
    private readonly registry: KnowledgeRegistry,
    private readonly faqs: FaqService,
  ) {}

  onApplicationBootstrap(): void {
    this.registry.register(this);
  }

  async find(question: string, most: number): Promise<KnowledgePiece[]> {
    const hits = await this.faqs.find(question, most);
    return hits.map(({ id, question: title, answer, score }) => {
      return { kind: this.kind, id, title, text: answer.slice(0, MAX_CHARACTERS), score };
    });
  }
}
