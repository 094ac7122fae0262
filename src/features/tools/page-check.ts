import { metaOf } from '../../platform/web/page.js';
import type { ReadPage } from './page-reader.service.js';

/** What is wrong with a page in the eyes of a search engine, and why it matters. */
export interface PageIssue {
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'notice';
  readonly message: string;
}

export interface PageCheck {
  /** 100 less what the issues cost: 25 for an error, 8 for a warning, 3 for a notice; never below 0. */
  readonly score: number;
  readonly issues: readonly PageIssue[];
}

type Rule = readonly [
  code: string,
  severity: PageIssue['severity'],
  message: string,
  isBroken: (page: ReadPage) => boolean,
];

const COSTS = { error: 25, warning: 8, notice: 3 } as const;
const HEAVY_BYTES = 1_500_000;
const THIN_WORDS = 150;

const titleOf = ({ content }: ReadPage) => content.titles[0] ?? '';
const descriptionOf = ({ content }: ReadPage) => metaOf(content, 'description') ?? '';
const countH1 = ({ content }: ReadPage) => content.headings.filter(({ level }) => level === 1).length;
const robotsOf = ({ content, robotsHeader }: ReadPage) => `${metaOf(content, 'robots') ?? ''} ${robotsHeader ?? ''}`;
const countWords = ({ content }: ReadPage) => content.text.split(/\s+/).filter(Boolean).length;

// Lengths are what result pages show before they cut: about 60 characters of a title, 160 of a description.
const RULES: readonly Rule[] = [
  ['STATUS_ERROR', 'error', 'The page answers with an error: it is not indexed.', ({ status }) => status >= 400],
  [
    'NOT_INDEXABLE',
    'error',
    'The page asks not to be indexed (noindex).',
    (page) => /\bnoindex\b/i.test(robotsOf(page)),
  ],
  ['TITLE_MISSING', 'error', 'The page has no title.', (page) => titleOf(page) === ''],
  ['TITLE_TWICE', 'warning', 'The page has more than one title.', ({ content }) => content.titles.length > 1],
  ['TITLE_LONG', 'warning', 'The title is longer than 60 characters and is cut.', (page) => titleOf(page).length > 60],
  ['DESCRIPTION_MISSING', 'warning', 'The page has no description.', (page) => descriptionOf(page) === ''],
  [
    'DESCRIPTION_LONG',
    'notice',
    'The description is longer than 160 characters.',
    (page) => descriptionOf(page).length > 160,
  ],
  ['H1_MISSING', 'warning', 'The page has no heading of the first level.', (page) => countH1(page) === 0],
  ['H1_TWICE', 'notice', 'The page has several headings of the first level.', (page) => countH1(page) > 1],
  [
    'CANONICAL_TWICE',
    'warning',
    'The page names two canonical addresses.',
    ({ content }) => content.canonicals.length > 1,
  ],
  ['LANGUAGE_MISSING', 'notice', 'The page does not say its language.', ({ content }) => content.language === null],
  [
    'VIEWPORT_MISSING',
    'warning',
    'The page has no viewport: it is not made for phones.',
    ({ content }) => metaOf(content, 'viewport') === null,
  ],
  [
    'ALT_MISSING',
    'notice',
    'Images have no alternative text.',
    ({ content }) => content.images.some(({ alt }) => alt === null),
  ],
  [
    'OPEN_GRAPH_MISSING',
    'notice',
    'The page has no Open Graph title.',
    ({ content }) => metaOf(content, 'og:title') === null,
  ],
  [
    'DATA_INVALID',
    'warning',
    'Structured data cannot be read.',
    ({ content }) => content.structuredData.some(({ isValid }) => !isValid),
  ],
  ['NOT_HTTPS', 'warning', 'The page is not served over HTTPS.', ({ url }) => url.protocol !== 'https:'],
  ['REDIRECTED', 'notice', 'The address leads to another one.', ({ redirectCount }) => redirectCount > 0],
  ['HEAVY', 'notice', 'The HTML is larger than 1.5 MB.', ({ bytes }) => bytes > HEAVY_BYTES],
  ['THIN', 'notice', 'The page has fewer than 150 words.', (page) => countWords(page) < THIN_WORDS],
];

/** Checks one page by itself. What only the rest of its site can tell is the business of an SEO audit. */
export function checkPage(page: ReadPage): PageCheck {
  const issues = RULES.filter(([, , , isBroken]) => isBroken(page)).map(([code, severity, message]) => ({
    ...{ code, severity, message },
  }));
  const cost = issues.reduce((sum, { severity }) => sum + COSTS[severity], 0);
  return { score: Math.max(0, 100 - cost), issues };
}
