import { hasKeyword, placesOf, wordsOf } from './keyword-match.js';
import { SUGGESTION_RULES } from './suggestion-rules.js';
import type { OptimizationDetail, OptimizedPage, ReadPage, Suggestion, Target } from './optimization.types.js';

/** What a suggestion of a priority takes from the score. */
const POINTS = { 1: 15, 2: 8, 3: 4 } as const;

/** Looks for what can be done on each page for its keyword. A keyword without a page gets the one that fits best. */
export function optimize(targets: readonly Target[], pages: readonly ReadPage[]): OptimizationDetail {
  const found: OptimizedPage[] = [];
  const skipped: { keyword: string; reason: string }[] = [];
  for (const { keyword, url } of targets) {
    const page = url === null ? fittest(pages, keyword) : pages.find((each) => each.url === url);
    if (page) found.push(optimizePage(page, keyword, pages));
    else
      skipped.push({
        keyword,
        reason: url === null ? 'The site has no page that can be read.' : `${url} could not be read.`,
      });
  }
  return { pages: found, skipped };
}

function optimizePage(page: ReadPage, keyword: string, pages: readonly ReadPage[]): OptimizedPage {
  const { words } = page;
  const places = placesOf(words, keyword);
  const incoming = pages.filter(({ url, links }) => url !== page.url && links.some((link) => link.url === page.url));
  const measures = {
    words: words.length,
    occurrences: places.length,
    density: round(words.length === 0 ? 0 : (100 * places.length) / words.length),
    wordsPerSentence: round(wordsPerSentence(page)),
    internalLinks: incoming.length,
  };
  const facts = { page, keyword, measures, places, incoming, pages };
  const suggestions = SUGGESTION_RULES.flatMap((rule): Suggestion[] => rule(facts) ?? []);
  suggestions.sort((one, other) => one.priority - other.priority);
  const lost = suggestions.reduce((sum, { priority }) => sum + POINTS[priority], 0);
  return { url: page.url, keyword, score: Math.max(0, 100 - lost), measures, suggestions };
}

/** The page that says most of the keyword: in its title, its headings, its text. */
function fittest(pages: readonly ReadPage[], keyword: string): ReadPage | undefined {
  const weigh = ({ title, headings, words }: ReadPage) => {
    const inHeadings = headings.some((heading) => hasKeyword(heading.text, keyword));
    const mentions = Math.min(10, placesOf(words, keyword).length);
    return (hasKeyword(title, keyword) ? 20 : 0) + (inHeadings ? 10 : 0) + mentions;
  };
  // The start page is the first, and wins where nothing says more.
  return pages
    .map((page) => ({ page, weight: weigh(page) }))
    .reduce<{ page: ReadPage; weight: number } | undefined>(
      (best, next) => (best === undefined || next.weight > best.weight ? next : best),
      undefined,
    )?.page;
}

function wordsPerSentence({ paragraphs }: ReadPage): number {
  const sentences = paragraphs.flatMap((text) => text.split(/[.!?。！？]+\s*/)).map((text) => wordsOf(text).length);
  // Labels and menus are no sentences.
  const real = sentences.filter((length) => length > 3);
  return real.length === 0 ? 0 : real.reduce((sum, length) => sum + length, 0) / real.length;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
