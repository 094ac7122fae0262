import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { rankByRelevance, toTerms } from '../../platform/text/relevance.js';
import { ResultSources, type SearchableResult } from '../../platform/tools/result-source.js';
import { declareTool, type InputsOf, ProvidesTool } from '../../platform/tools/tool-declaration.js';
import { Tool } from '../../platform/tools/tool.js';

/** Of each kind; older ones are not searched. */
const SEARCHED = 50;
const MAX_TEXT = 20_000;
const EXCERPT = 300;

const RESULT_SEARCH = declareTool({
  name: 'result-search',
  description:
    `Searches what the organization's work came to: the ${SEARCHED} newest results of each kind, such as research reports ` +
    'and tasks of crews. Best match first, with an excerpt.',
  access: 'MEMBER',
  // GET /jobs shows the results of all kinds too.
  keyScope: 'jobs:read',
  inputs: {
    query: z.string().trim().min(2).max(300).describe('Words to look for.'),
    kind: z.string().max(60).optional().describe('One kind only: `research-reports`.'),
    limit: z.int().min(1).max(20).default(5),
  },
});

@ProvidesTool(RESULT_SEARCH)
@Injectable()
export class ResultSearchTool extends Tool<InputsOf<typeof RESULT_SEARCH>> {
  constructor(private readonly sources: ResultSources) {
    super();
  }

  async run({ query, kind, limit }: InputsOf<typeof RESULT_SEARCH>): Promise<object> {
    const found: SearchableResult[] = [];
    for (const source of this.sources.list()) {
      if (kind === undefined || source.kind === kind) found.push(...(await source.listNewest(SEARCHED)));
    }
    // The title counts twice: it says what the rest is about.
    const texts = found.map(({ title, text }) => `${title} ${title} ${text.slice(0, MAX_TEXT)}`);
    const results = rankByRelevance(texts, query).slice(0, limit);
    return {
      searched: found.length,
      results: results.map(({ index, score }) => {
        const { text, ...result } = found[index] as SearchableResult;
        return { ...result, score: Math.round(score * 100) / 100, excerpt: excerptOf(text, query) };
      }),
    };
  }
}

/** The text around the first of the words that it has, else its beginning; whole words. */
function excerptOf(text: string, query: string): string {
  const lower = text.slice(0, MAX_TEXT).toLowerCase();
  const places = toTerms(query)
    .map((term) => lower.indexOf(term))
    .filter((place) => place >= 0);
  const before = Math.min(...places) - EXCERPT / 3;
  const start = places.length === 0 || before <= 0 ? 0 : text.indexOf(' ', before) + 1;
  return text
    .slice(start, start + EXCERPT)
    .replace(/\s+/g, ' ')
    .trim();
}
