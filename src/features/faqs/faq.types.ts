export const FAQ_STATUSES = ['DRAFT', 'PUBLISHED', 'ARCHIVED'] as const;
export type FaqStatus = (typeof FAQ_STATUSES)[number];

export interface FaqCategory {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly description: string | null;
  readonly position: number;
  readonly isActive: boolean;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What is written of a document. */
export interface FaqContent {
  readonly categoryId: string;
  readonly question: string;
  readonly answer: string;
  readonly keywords: readonly string[];
  readonly status: FaqStatus;
}

export interface FaqDocument extends FaqContent {
  readonly id: string;
  readonly relatedIds: readonly string[];
  /** Whether the search by meaning knows this version. */
  readonly isEmbedded: boolean;
  readonly publishedAt: Date | null;
  readonly publishedBy: string | null;
  readonly createdBy: string;
  readonly updatedBy: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface FaqVersion extends FaqContent {
  readonly version: number;
  readonly changedBy: string;
  readonly changedAt: Date;
}

/** A document as visitors see it. */
export interface PublishedFaq {
  readonly id: string;
  readonly question: string;
  readonly answer: string;
  readonly categoryId: string;
  readonly category: string;
  readonly publishedAt: Date;
}

export interface FaqLink {
  readonly id: string;
  readonly question: string;
}

export interface FaqHit extends PublishedFaq {
  /** The sum of the fused places: comparable within one search only. */
  readonly score: number;
}

export type FaqEvent = 'VIEW' | 'HELPFUL' | 'UNHELPFUL' | 'MISS';

export interface FaqCount {
  readonly event: FaqEvent;
  /** A document's id, or what was searched for in vain. */
  readonly subject: string;
  readonly count: number;
}

/** A vector as it is stored: what it is, and two shorter forms by which near ones are found. */
export interface StoredVector {
  readonly embedding: readonly number[];
  /** 256 zeros and ones. */
  readonly signature: string;
  readonly bands: readonly number[];
}
