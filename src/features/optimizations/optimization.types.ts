import type { Optimization } from '../../generated/prisma/client.js';

export const AREAS = [
  'TITLE',
  'DESCRIPTION',
  'HEADINGS',
  'CONTENT',
  'DENSITY',
  'LINKS',
  'READABILITY',
  'ADDRESS',
] as const;
export type Area = (typeof AREAS)[number];

/** One thing to change, and why. */
export interface Suggestion {
  readonly area: Area;
  /** 1 first. */
  readonly priority: 1 | 2 | 3;
  readonly suggestion: string;
  readonly reason: string;
  readonly current: string | null;
  /** A text that can be taken as it is; null where only a person can write it. */
  readonly proposed: string | null;
}

/** What was counted on the page. */
export interface Measures {
  readonly words: number;
  readonly occurrences: number;
  /** Occurrences in 100 words. */
  readonly density: number;
  readonly wordsPerSentence: number;
  readonly internalLinks: number;
}

/** What can be done for one page and one keyword. */
export interface OptimizedPage {
  readonly url: string;
  readonly keyword: string;
  /** 0 to 100. */
  readonly score: number;
  readonly measures: Measures;
  readonly suggestions: readonly Suggestion[];
}

export interface OptimizationDetail {
  readonly pages: readonly OptimizedPage[];
  /** Keywords for which there was no page to look at, and why. */
  readonly skipped: readonly { readonly keyword: string; readonly reason: string }[];
}

/** What is kept of a page while the site is read. */
export interface ReadPage {
  readonly url: string;
  readonly title: string;
  readonly description: string;
  readonly headings: readonly { readonly level: number; readonly text: string }[];
  /** Of all its text, in lower case: taken apart once, and looked through for each keyword. */
  readonly words: readonly string[];
  readonly paragraphs: readonly string[];
  readonly links: readonly { readonly url: string; readonly text: string }[];
}

/** A keyword and the page on which it is to be found, if somebody said which. */
export interface Target {
  readonly keyword: string;
  readonly url: string | null;
}

export type OptimizationRow = Optimization;
export type OptimizationSummary = Omit<Optimization, 'detail'>;
