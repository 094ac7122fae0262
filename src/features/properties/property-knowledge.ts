import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { KnowledgePiece, KnowledgeSource } from '../../platform/llm/knowledge-source.js';
import { KnowledgeRegistry } from '../../platform/llm/knowledge.registry.js';
import { searchedTerms } from './property-terms.js';
import type { PublishedProperty } from './property.types.js';
import { PublishedPropertyRepository } from './published-property.repository.js';

/** Shorter words (in, the, for) say nothing of a listing. */
const MIN_WORD = 4;
const LISTED_FOR_EACH = 20;
const MAX_CHARACTERS = 1_500;

/** Lets the assistant answer from published listings: those with most of the question's words, the newest first. */
@Injectable()
export class PropertyKnowledge implements KnowledgeSource, OnApplicationBootstrap {
  readonly kind = 'property';

  constructor(
    private readonly registry: KnowledgeRegistry,
    private readonly published: PublishedPropertyRepository,
  ) {}

  onApplicationBootstrap(): void {
    this.registry.register(this);
  }

  async find(question: string, most: number): Promise<KnowledgePiece[]> {
    const words = [...new Set(searchedTerms(question).filter((word) => word.length >= MIN_WORD))];
    const page = { sort: '-publishedAt', limit: LISTED_FOR_EACH, after: null };
    const found = await Promise.all(words.map(async (text) => await this.published.list({ text }, page)));
    const hits = new Map<string, { property: PublishedProperty; words: number }>();
    for (const property of found.flat()) {
      hits.set(property.id, { property, words: (hits.get(property.id)?.words ?? 0) + 1 });
    }
    return [...hits.values()]
      .sort((a, b) => b.words - a.words)
      .slice(0, most)
      .map(({ property, words: count }) => this.describe(property, count / words.length));
  }

  private describe(property: PublishedProperty, score: number): KnowledgePiece {
    const { id, title, description, type, offer, place, price, currency, bedrooms, areaSquareMeters } = property;
    const facts = [
      `${type.toLowerCase()} for ${offer.toLowerCase()} in ${place}, ${price} ${currency}`,
      ...(bedrooms === null ? [] : [`${bedrooms} bedrooms`]),
      ...(areaSquareMeters === null ? [] : [`${areaSquareMeters} m²`]),
    ];
    const text = `${facts.join(', ')}. ${description ?? ''}`.slice(0, MAX_CHARACTERS);
    return { kind: this.kind, id, title, text, score };
  }
}
