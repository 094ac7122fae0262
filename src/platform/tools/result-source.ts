import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';

/** A result of work, as a search sees it. */
export interface SearchableResult {
  readonly kind: string;
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly createdAt: Date;
}

/** What a feature offers to the search in results; put it into any module. */
export abstract class ResultSource {
  /** kebab-case, plural: `research-reports`. */
  abstract readonly kind: string;

  /** Returns the newest results of the current organization. */
  abstract listNewest(limit: number): Promise<SearchableResult[]>;
}

/** Knows every kind of result that can be searched. */
@Injectable()
export class ResultSources {
  constructor(private readonly discovery: DiscoveryService) {}

  list(): readonly ResultSource[] {
    const found = this.discovery.getProviders().map(({ instance }) => instance as unknown);
    const sources = new Set(found.filter((instance) => instance instanceof ResultSource));
    return [...sources].sort((a, b) => (a.kind < b.kind ? -1 : 1));
  }
}
