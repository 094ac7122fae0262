import { splitSentences } from '../../platform/text/plain-text.js';
import { rankByRelevance, toTerms } from '../../platform/text/relevance.js';
import type { PageContent } from '../../platform/web/page.types.js';
import type { Finding, Subject } from './research.types.js';

/** What one source says, in passages. */
export interface SourceText {
  /** From 1. */
  readonly number: number;
  readonly passages: readonly string[];
}

const MIN_PASSAGE = 40;
const MAX_PASSAGE = 700;
const MAX_PER_PAGE = 300;
const MAX_FINDINGS = 14;
/** One long page must not be the whole report. */
const MAX_PER_SOURCE = 4;
/** What was asked counts more than what the client wants to be found by. */
const QUESTION_WEIGHT = 2;

/** Takes a page apart into passages that can stand alone. */
export function toPassages({ paragraphs, text }: Pick<PageContent, 'paragraphs' | 'text'>): string[] {
  const blocks = paragraphs.filter(({ length }) => length >= MIN_PASSAGE);
  const found = blocks.length > 0 ? blocks : splitSentences(text).filter(({ length }) => length >= MIN_PASSAGE);
  return [...new Set(found.map((passage) => passage.slice(0, MAX_PASSAGE)))].slice(0, MAX_PER_PAGE);
}

/** Returns the passages that answer best, best first, none of them twice. */
export function findPassages(sources: readonly SourceText[], { question, keywords, clientName }: Subject): Finding[] {
  const all = sources.flatMap(({ number, passages }) => passages.map((text) => ({ text, source: number })));
  const texts = all.map(({ text }) => text);
  const scores = new Map<number, number>();
  const add = (query: string, weight: number) => {
    for (const { index, score } of rankByRelevance(texts, query)) {
      scores.set(index, (scores.get(index) ?? 0) + weight * score);
    }
  };
  const isAsked = question !== null || keywords.length > 0;
  if (question !== null) add(question, QUESTION_WEIGHT);
  add(isAsked ? keywords.join(' ') : clientName, 1);
  const ranked = [...scores].sort(([a, first], [b, second]) => second - first || a - b);
  return choose(ranked.map(([index, score]) => ({ ...(all[index] as (typeof all)[number]), score })));
}

/** Returns those of the keywords whose words all stand in a text next to each other. */
export function findKeywords(text: string, keywords: readonly string[]): string[] {
  const spoken = ` ${toTerms(text).join(' ')} `;
  return keywords.filter((keyword) => {
    const terms = toTerms(keyword).join(' ');
    return terms !== '' && spoken.includes(` ${terms} `);
  });
}

function choose(ranked: readonly Finding[]): Finding[] {
  const perSource = new Map<number, number>();
  const chosen: Finding[] = [];
  for (const finding of ranked) {
    const count = perSource.get(finding.source) ?? 0;
    if (chosen.length >= MAX_FINDINGS) break;
    // Sites repeat themselves on every page.
    if (count >= MAX_PER_SOURCE || chosen.some(({ text }) => text === finding.text)) continue;
    perSource.set(finding.source, count + 1);
    chosen.push({ ...finding, score: Math.round(finding.score * 100) / 100 });
  }
  return chosen;
}
