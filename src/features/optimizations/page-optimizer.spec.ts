import { placesOf, wordsOf } from './keyword-match.js';
import { optimize } from './page-optimizer.js';
import type { ReadPage } from './optimization.types.js';

const KEYWORD = 'leather boots';
const sentence = 'Our workshop makes leather boots by hand and repairs them for many years.';
const filler = 'The leather comes from the region and is tanned with oak bark in the old way.';
const body = [sentence, sentence, ...Array.from({ length: 24 }, () => filler), sentence];

/** There is nothing to suggest for it. */
const fine: ReadPage = {
  url: 'https://site.test/leather-boots',
  title: 'Leather boots made by hand',
  description: 'We make leather boots by hand, in every size, and repair them as long as you walk in them.',
  headings: [
    { level: 1, text: 'Leather boots' },
    { level: 2, text: 'How leather boots are made' },
  ],
  words: wordsOf(body.join(' ')),
  paragraphs: body,
  links: [],
};
const suggestionsFor = (change: Partial<ReadPage>, others: readonly ReadPage[] = []) => {
  const page = { ...fine, ...change };
  const targets = [{ keyword: KEYWORD, url: page.url }];
  return optimize(targets, [page, ...others]).pages[0]?.suggestions ?? [];
};

describe(optimize.name, () => {
  it('leaves a page alone that is as it should be', () => {
    expect(optimize([{ keyword: KEYWORD, url: fine.url }], [fine]).pages).toMatchObject([
      { score: 100, suggestions: [] },
    ]);
  });

  it.each<[string, Partial<ReadPage>, string]>([
    ['a title without the keyword', { title: 'Shoes made by hand in our town' }, 'TITLE'],
    ['a title that ends with it', { title: 'Made by hand in our workshop: leather boots' }, 'TITLE'],
    ['a title that is too long', { title: `Leather boots ${'and so on '.repeat(8)}` }, 'TITLE'],
    ['no description', { description: '' }, 'DESCRIPTION'],
    ['a description without the keyword', { description: 'x'.repeat(80) }, 'DESCRIPTION'],
    ['a description that is too short', { description: 'Leather boots.' }, 'DESCRIPTION'],
    ['a main heading without the keyword', { headings: [{ level: 1, text: 'Shoes' }] }, 'HEADINGS'],
    ['a keyword that comes late', { words: wordsOf([...body.slice(2), sentence, sentence].join(' ')) }, 'CONTENT'],
    ['little text', { words: wordsOf(`${sentence} ${filler}`) }, 'CONTENT'],
    [
      'a keyword that is hardly there',
      { words: wordsOf([sentence, ...Array.from({ length: 60 }, () => filler)].join(' ')) },
      'DENSITY',
    ],
    ['a keyword that is everywhere', { words: wordsOf(`${KEYWORD} `.repeat(200)) }, 'DENSITY'],
    ['long sentences', { paragraphs: ['word '.repeat(60)] }, 'READABILITY'],
    ['long paragraphs', { paragraphs: [`${filler} `.repeat(10)] }, 'READABILITY'],
    ['an address without the keyword', { url: 'https://site.test/p/7' }, 'ADDRESS'],
  ])('suggests something for %s, and nothing else', (_name, change, area) => {
    const found = suggestionsFor(change);
    expect(found.map((each) => each.area)).toEqual([area]);
    expect([found[0]?.suggestion, found[0]?.reason]).not.toContain('');
  });

  it('names the pages that should link here, and proposes texts that fit', () => {
    const other = { ...fine, url: 'https://site.test/news', links: [] };
    const [link] = suggestionsFor({}, [other]);
    expect(link).toMatchObject({ area: 'LINKS', suggestion: expect.stringContaining(other.url) as string });
    const linking = { ...other, links: [{ url: fine.url, text: 'More' }] };
    expect(suggestionsFor({}, [linking])).toMatchObject([{ area: 'LINKS', current: 'More' }]);
    const [title] = suggestionsFor({
      title: 'A very long title that says many things, but not what the page is about',
    });
    expect(title?.proposed).toMatch(/^Leather boots – A very long/);
    expect(title?.proposed?.length).toBeLessThanOrEqual(65);
  });

  it('takes the page that says most of a keyword, and skips what cannot be read', () => {
    const start = { ...fine, url: 'https://site.test/', title: 'Start', headings: [], words: [] };
    const { pages, skipped } = optimize(
      [
        { keyword: KEYWORD, url: null },
        { keyword: KEYWORD, url: 'https://site.test/gone' },
      ],
      [start, fine],
    );
    expect(pages.map(({ url }) => url)).toEqual([fine.url]);
    expect(skipped).toEqual([{ keyword: KEYWORD, reason: 'https://site.test/gone could not be read.' }]);
  });
});

describe(placesOf.name, () => {
  it('finds whole words, in any language and case', () => {
    expect(placesOf(wordsOf('Boots: LEATHER boots, leather-boots; leatherboots'), KEYWORD)).toEqual([1, 3]);
    expect(placesOf(wordsOf('La café à Paris'), 'CAFÉ')).toEqual([1]);
    expect(placesOf(wordsOf('anything'), '…')).toEqual([]);
  });
});
