import { hasKeyword, placesOf, wordsOf } from './keyword-match.js';
import type { Area, Measures, ReadPage, Suggestion } from './optimization.types.js';

/** What a rule looks at. */
export interface PageForKeyword {
  readonly page: ReadPage;
  readonly keyword: string;
  readonly measures: Measures;
  /** Where the keyword stands in the text, in words. */
  readonly places: readonly number[];
  /** Pages of the site that link to it. */
  readonly incoming: readonly ReadPage[];
  readonly pages: readonly ReadPage[];
}

type Rule = (facts: PageForKeyword) => Suggestion[] | null;

const TITLE = { min: 15, max: 65 };
const DESCRIPTION = { min: 50, max: 165 };
const DENSITY = { min: 0.5, max: 3 };
const MIN_WORDS = 300;
const FIRST_WORDS = 100;
const MAX_WORDS_PER_SENTENCE = 22;
const MAX_WORDS_PER_PARAGRAPH = 120;
const MAX_LINKS = 5;

/** Makes a rule that has something to say, or not. */
const rule =
  (area: Area, priority: Suggestion['priority'], find: (facts: PageForKeyword) => Said | false): Rule =>
  (facts) => {
    const said = find(facts);
    return said === false ? null : [{ area, priority, current: null, proposed: null, ...said }];
  };
type Said = Pick<Suggestion, 'suggestion' | 'reason'> & Partial<Pick<Suggestion, 'current' | 'proposed'>>;

/** What can be suggested for a page and a keyword, each with the reason. */
export const SUGGESTION_RULES: readonly Rule[] = [
  rule('TITLE', 1, ({ page: { title }, keyword }) =>
    hasKeyword(title, keyword)
      ? false
      : {
          suggestion: `Name “${keyword}” in the title.`,
          reason: 'The title is what search engines weigh most, and the link that people read in results.',
          current: title,
          proposed: title === '' ? capitalize(keyword) : fit(`${capitalize(keyword)} – ${title}`, TITLE.max),
        },
  ),
  rule('TITLE', 3, ({ page: { title }, keyword }) => {
    const [place] = placesOf(wordsOf(title), keyword);
    if (place === undefined || place <= wordsOf(title).length / 2) return false;
    return {
      suggestion: `Move “${keyword}” towards the beginning of the title.`,
      reason: 'Results are skimmed, and long titles are cut off at the end.',
      current: title,
    };
  }),
  rule('TITLE', 2, ({ page: { title } }) => {
    const isFine = title.length >= TITLE.min && title.length <= TITLE.max;
    if (isFine || title === '') return false;
    const direction = title.length > TITLE.max ? 'Shorten' : 'Lengthen';
    return {
      suggestion: `${direction} the title to ${TITLE.min} to ${TITLE.max} characters.`,
      reason: `It has ${title.length}: ${direction === 'Shorten' ? 'its end is not shown in results' : 'there is room to say more'}.`,
      current: title,
    };
  }),
  rule('DESCRIPTION', 1, ({ page: { description, paragraphs } }) =>
    description !== ''
      ? false
      : {
          suggestion: 'Write a meta description.',
          reason: 'Without one, results show whatever text was found first.',
          current: '',
          proposed: paragraphs[0] === undefined ? null : fit(paragraphs[0], DESCRIPTION.max),
        },
  ),
  rule('DESCRIPTION', 2, ({ page: { description }, keyword }) =>
    description === '' || hasKeyword(description, keyword)
      ? false
      : {
          suggestion: `Use “${keyword}” in the description.`,
          reason: 'Words that were searched for are shown in bold there, and draw the eye.',
          current: description,
        },
  ),
  rule('DESCRIPTION', 3, ({ page: { description } }) =>
    description === '' || (description.length >= DESCRIPTION.min && description.length <= DESCRIPTION.max)
      ? false
      : {
          suggestion: `Bring the description to ${DESCRIPTION.min} to ${DESCRIPTION.max} characters.`,
          reason: `It has ${description.length}.`,
          current: description,
        },
  ),
  rule('HEADINGS', 1, ({ page: { headings }, keyword }) => {
    const main = headings.find(({ level }) => level === 1);
    if (main && hasKeyword(main.text, keyword)) return false;
    return {
      suggestion: main ? `Say “${keyword}” in the main heading.` : `Give the page a main heading with “${keyword}”.`,
      reason: 'The h1 confirms to a visitor that the page is what was searched for.',
      current: main?.text ?? null,
      proposed: main ? null : capitalize(keyword),
    };
  }),
  rule('HEADINGS', 3, ({ page: { headings }, keyword }) => {
    const lower = headings.filter(({ level }) => level > 1);
    if (lower.length === 0 || lower.some(({ text }) => hasKeyword(text, keyword))) return false;
    return {
      suggestion: `Use “${keyword}”, or a part of it, in one of the subheadings.`,
      reason: `None of the ${lower.length} subheadings names it; they tell what the sections are about.`,
    };
  }),
  rule('CONTENT', 2, ({ measures: { words } }) =>
    words >= MIN_WORDS
      ? false
      : {
          suggestion: `Say more: at least ${MIN_WORDS} words.`,
          reason: `The page has ${words}. Pages that answer a question seldom need fewer.`,
        },
  ),
  rule('CONTENT', 2, ({ places: [first], keyword }) =>
    first === undefined || first < FIRST_WORDS
      ? false
      : {
          suggestion: `Mention “${keyword}” in the first ${FIRST_WORDS} words.`,
          reason: `It comes after ${first} words; visitors decide earlier whether they are right here.`,
        },
  ),
  rule('DENSITY', 1, ({ measures: { words, occurrences, density }, keyword }) => {
    if (density >= DENSITY.min) return false;
    const wanted = Math.max(1, Math.ceil((words * DENSITY.min) / 100)) - occurrences;
    return wanted <= 0
      ? false
      : {
          suggestion: `Use “${keyword}” ${wanted} more ${wanted === 1 ? 'time' : 'times'} in the text.`,
          reason: `It stands there ${occurrences} times in ${words} words (${density} %); ${DENSITY.min} to ${DENSITY.max} % reads naturally.`,
        };
  }),
  rule('DENSITY', 2, ({ measures: { words, occurrences, density }, keyword }) =>
    // A short text that names its subject at all is above every share.
    density <= DENSITY.max || occurrences <= 3
      ? false
      : {
          suggestion: `Use “${keyword}” less often, or say it in other words.`,
          reason: `It stands there ${occurrences} times in ${words} words (${density} %), which reads like an advertisement.`,
        },
  ),
  rule('LINKS', 2, ({ page, pages, incoming, keyword }) => {
    const linking = new Set(incoming.map(({ url }) => url));
    const isMentioned = ({ words }: ReadPage) => placesOf(words, keyword).length > 0;
    const silent = pages.filter((each) => each.url !== page.url && !linking.has(each.url) && isMentioned(each));
    if (silent.length === 0) return false;
    return {
      suggestion: `Link to this page with the text “${keyword}” from: ${silent
        .slice(0, MAX_LINKS)
        .map(({ url }) => url)
        .join(', ')}.`,
      reason: `${silent.length} ${silent.length === 1 ? 'page mentions' : 'pages mention'} it without a link; links tell search engines which page is meant.`,
    };
  }),
  rule('LINKS', 3, ({ page, incoming, keyword }) => {
    const texts = incoming.flatMap(({ links }) => links.filter(({ url }) => url === page.url).map(({ text }) => text));
    if (texts.length === 0 || texts.some((text) => hasKeyword(text, keyword))) return false;
    return {
      suggestion: `Let one of the links to this page say “${keyword}”.`,
      reason: `None of the ${texts.length} links does.`,
      current: [...new Set(texts)].slice(0, MAX_LINKS).join(', '),
    };
  }),
  rule('READABILITY', 2, ({ measures: { wordsPerSentence } }) =>
    wordsPerSentence <= MAX_WORDS_PER_SENTENCE
      ? false
      : {
          suggestion: 'Shorten the sentences.',
          reason: `They have ${wordsPerSentence} words on average; up to ${MAX_WORDS_PER_SENTENCE} are read with ease.`,
        },
  ),
  rule('READABILITY', 3, ({ page: { paragraphs } }) => {
    const long = paragraphs.filter((text) => wordsOf(text).length > MAX_WORDS_PER_PARAGRAPH);
    if (long.length === 0) return false;
    return {
      suggestion: 'Divide long paragraphs.',
      reason: `${long.length} of them ${long.length === 1 ? 'has' : 'have'} more than ${MAX_WORDS_PER_PARAGRAPH} words.`,
      current: fit(long[0] ?? '', DESCRIPTION.max),
    };
  }),
  rule('ADDRESS', 3, ({ page: { url }, keyword }) => {
    const { pathname } = new URL(url);
    if (pathname === '/' || hasKeyword(decode(pathname), keyword)) return false;
    return {
      suggestion: `Name “${keyword}” in the address when the page is made anew; redirect the old one.`,
      reason: 'An address that can be read is clicked more. For this alone a page is not worth moving.',
      current: pathname,
    };
  }),
];

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Cuts between words. */
function fit(text: string, max: number): string {
  if (text.length <= max) return text;
  const cut = text.slice(0, max - 1);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), max / 2)).trimEnd()}…`;
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
