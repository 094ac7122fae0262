import type { Finding, PageFacts, Rule, SiteFacts } from './seo-audit.types.js';

const TITLE = { min: 15, max: 65 };
const DESCRIPTION = { min: 50, max: 165 };
const MIN_WORDS = 50;
const MAX_BYTES = 500 * 1_024;

type Check = (page: PageFacts, site: SiteFacts) => string | false | null | undefined;

/** Looks at each page; what `check` returns is what is wrong with it. */
const each = (check: Check) =>
  function* (site: SiteFacts): Generator<Finding> {
    for (const page of site.pages) {
      const detail = check(page, site);
      if (typeof detail === 'string') yield { url: page.url, detail };
    }
  };
/** Looks at the pages that search engines are to show. */
const eachShown = (check: Check) => each((page, site) => page.isIndexable && check(page, site));
const titleOf = ({ titles }: PageFacts) => titles[0] ?? '';
const isTooShort = (text: string, { min }: { min: number }) => text !== '' && text.length < min;

/** What can be said of a page by itself. */
export const PAGE_RULES: readonly Rule[] = [
  {
    id: 'title-missing',
    severity: 'ERROR',
    title: 'Page without a title',
    advice: 'Write a title that says what the page offers, with its keyword near the beginning.',
    find: eachShown((page) => titleOf(page) === '' && 'There is no title, or it is empty.'),
  },
  {
    id: 'title-multiple',
    severity: 'WARNING',
    title: 'Page with several titles',
    advice: 'Keep one title element; search engines choose among several as they like.',
    find: each(({ titles }) => titles.length > 1 && `${titles.length} title elements.`),
  },
  {
    id: 'title-too-long',
    severity: 'WARNING',
    title: 'Title is cut off in results',
    advice: `Shorten the title to at most ${TITLE.max} characters.`,
    find: eachShown((page) => titleOf(page).length > TITLE.max && `${titleOf(page).length} characters.`),
  },
  {
    id: 'title-too-short',
    severity: 'NOTICE',
    title: 'Title says little',
    advice: `Use ${TITLE.min} to ${TITLE.max} characters: the offer, and whose it is.`,
    find: eachShown((page) => isTooShort(titleOf(page), TITLE) && `Only “${titleOf(page)}”.`),
  },
  {
    id: 'description-missing',
    severity: 'WARNING',
    title: 'Page without a description',
    advice: 'Write a meta description: it is what people read under the title in results.',
    find: eachShown(({ description }) => !description && 'There is no meta description, or it is empty.'),
  },
  {
    id: 'description-too-long',
    severity: 'NOTICE',
    title: 'Description is cut off in results',
    advice: `Shorten the description to at most ${DESCRIPTION.max} characters.`,
    find: eachShown(
      ({ description }) => (description ?? '').length > DESCRIPTION.max && `${description?.length} characters.`,
    ),
  },
  {
    id: 'description-too-short',
    severity: 'NOTICE',
    title: 'Description says little',
    advice: `Use ${DESCRIPTION.min} to ${DESCRIPTION.max} characters.`,
    find: eachShown(({ description }) => isTooShort(description ?? '', DESCRIPTION) && `Only “${description}”.`),
  },
  {
    id: 'h1-missing',
    severity: 'WARNING',
    title: 'Page without a main heading',
    advice: 'Give the page one h1 that says what it is about.',
    find: eachShown(({ headingLevels }) => !headingLevels.includes(1) && 'There is no h1.'),
  },
  {
    id: 'h1-multiple',
    severity: 'NOTICE',
    title: 'Page with several main headings',
    advice: 'Keep one h1, and make the others h2.',
    find: eachShown(
      ({ headingLevels }) => countOf(headingLevels, 1) > 1 && `${countOf(headingLevels, 1)} h1 elements.`,
    ),
  },
  {
    id: 'heading-skipped',
    severity: 'NOTICE',
    title: 'Headings skip a level',
    advice: 'Let an h3 follow an h2: screen readers and search engines read headings as an outline.',
    find: eachShown(({ headingLevels }) => skippedLevel(headingLevels)),
  },
  {
    id: 'heading-empty',
    severity: 'NOTICE',
    title: 'Heading without text',
    advice: 'Take the empty heading out, or say something in it.',
    find: each((page) => page.hasEmptyHeading && 'A heading has no text.'),
  },
  {
    id: 'canonical-missing',
    severity: 'NOTICE',
    title: 'Page without a canonical address',
    advice: 'Name the address under which the page is to be found: <link rel="canonical">.',
    find: eachShown(({ canonicals }) => canonicals.length === 0 && 'There is no canonical link.'),
  },
  {
    id: 'canonical-multiple',
    severity: 'ERROR',
    title: 'Page with several canonical addresses',
    advice: 'Keep one canonical link; several are ignored together.',
    find: each(({ canonicals }) => new Set(canonicals).size > 1 && canonicals.join(', ')),
  },
  {
    id: 'canonical-foreign',
    severity: 'WARNING',
    title: 'Canonical address is on another site',
    advice: 'Name an address of this site, unless the other one is meant to be found instead.',
    find: each(({ url, canonicals: [first] }) => first !== undefined && hostOf(first) !== hostOf(url) && first),
  },
  {
    id: 'refresh',
    severity: 'NOTICE',
    title: 'Page that leads on by itself',
    advice: 'Answer with a redirect (301) instead of a meta refresh.',
    find: each((page) => page.hasRefresh && 'There is a meta refresh.'),
  },
  {
    id: 'image-alt-missing',
    severity: 'WARNING',
    title: 'Image without a text',
    advice: 'Describe the image in its alt attribute; leave it empty (alt="") if it only decorates.',
    find: each(
      ({ imagesWithoutAlt: images }) => images.length > 0 && `${images.length}: ${images.slice(0, 3).join(', ')}`,
    ),
  },
  {
    id: 'structured-data-invalid',
    severity: 'WARNING',
    title: 'Structured data that nobody can read',
    advice: 'Correct the JSON-LD: valid JSON with an @type (schema.org).',
    find: each(({ structuredData: { invalid } }) => invalid > 0 && `${invalid} of its blocks of JSON-LD.`),
  },
  {
    id: 'language-missing',
    severity: 'WARNING',
    title: 'Page that does not name its language',
    advice: 'Set it: <html lang="en">.',
    find: each(({ language }) => language === null && 'The html element has no lang attribute.'),
  },
  {
    id: 'language-invalid',
    severity: 'WARNING',
    title: 'Language that does not exist',
    advice: 'Use a language tag of BCP 47, e.g. en, pt-BR.',
    find: each(({ language }) => language !== null && !isLanguage(language) && `lang="${language}"`),
  },
  {
    id: 'hreflang-invalid',
    severity: 'WARNING',
    title: 'Other language is named wrongly',
    advice: 'Use language tags of BCP 47, or x-default, in hreflang.',
    find: each(({ alternates }) => namesOf(alternates.filter(({ language }) => !isHreflang(language)))),
  },
  {
    id: 'content-thin',
    severity: 'NOTICE',
    title: 'Page with hardly any text',
    advice: `Say at least what a visitor came for; fewer than ${MIN_WORDS} words seldom do.`,
    find: eachShown(({ words }) => words < MIN_WORDS && `${words} words.`),
  },
  {
    id: 'page-heavy',
    severity: 'WARNING',
    title: 'Page that is heavy to load',
    advice: 'Move embedded data, styles and scripts into files of their own.',
    find: each(({ bytes }) => bytes > MAX_BYTES && `${Math.round(bytes / 1_024)} KB of HTML.`),
  },
  {
    id: 'viewport-missing',
    severity: 'NOTICE',
    title: 'Page that is not made for phones',
    advice: 'Add <meta name="viewport" content="width=device-width, initial-scale=1">.',
    find: each((page) => !page.hasViewport && 'There is no viewport meta.'),
  },
  {
    id: 'open-graph-missing',
    severity: 'NOTICE',
    title: 'Page that looks bare when it is shared',
    advice: 'Add og:title, og:description and og:image.',
    find: eachShown((page) => !page.hasOpenGraph && 'There is no og:title.'),
  },
  {
    id: 'resource-insecure',
    severity: 'ERROR',
    title: 'Secure page with insecure parts',
    advice: 'Take images from https:// addresses; browsers refuse others.',
    find: each(({ insecureResources: found }) => found.length > 0 && found.slice(0, 3).join(', ')),
  },
];

function countOf(levels: readonly number[], level: number): number {
  return levels.filter((each) => each === level).length;
}

function skippedLevel(levels: readonly number[]): string | false {
  const index = levels.findIndex((level, place) => place > 0 && level > (levels[place - 1] ?? 0) + 1);
  return index > 0 && `An h${levels[index]} follows an h${levels[index - 1]}.`;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

function namesOf(alternates: PageFacts['alternates']): string | false {
  return alternates.length > 0 && alternates.map(({ language }) => `hreflang="${language}"`).join(', ');
}

function isHreflang(language: string): boolean {
  return language.toLowerCase() === 'x-default' || isLanguage(language);
}

/** Well-formed, and with a language that has a name. */
function isLanguage(tag: string): boolean {
  try {
    const [canonical = ''] = Intl.getCanonicalLocales(tag);
    const { language } = new Intl.Locale(canonical);
    return new Intl.DisplayNames('en', { type: 'language', fallback: 'none' }).of(language) !== undefined;
  } catch {
    return false;
  }
}
