import { metaOf, readPage } from './page.js';

const URL_OF_PAGE = new URL('https://site.test/a/page?x=1#top');

describe(readPage.name, () => {
  it('reads what a page says of itself', () => {
    const page = readPage(
      `<!doctype html><html lang="en-GB"><head><title> A
        title </title><meta name="Description" content="About it"><meta property="og:title" content="OG">
        <meta http-equiv="refresh" content="5"><link rel="canonical" href="/a/page"><link rel="alternate" hreflang="de" href="https://site.test/de">
        <script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"Organization"},{"@type":"WebSite"}]}</script>
        <script type="application/ld+json">{"broken"</script></head>
        <body><h1>One</h1><h3>Three <b>bold</b></h3><p>First<br>line</p><p>Second &amp; last</p>
        <script>var hidden</script><style>.hidden{}</style><svg><title>hidden</title></svg>
        <a href="../b#part">To <i>b</i></a> <a href="mailto:a@b.test" rel="nofollow">Mail</a> <a href="http://[">odd</a> <a name="x">no</a>
        <img src="1.png"><img src="2.png" alt=""><img src="data:image/png;base64,xx" alt="x"></body></html>`,
      URL_OF_PAGE,
    );
    expect(page).toMatchObject({
      titles: ['A title'],
      canonicals: ['https://site.test/a/page'],
      alternates: [{ language: 'de', url: 'https://site.test/de' }],
      headings: [
        { level: 1, text: 'One' },
        { level: 3, text: 'Three bold' },
      ],
      links: [
        { url: 'https://site.test/b', text: 'To b', isFollowed: true },
        { url: 'mailto:a@b.test', text: 'Mail', isFollowed: false },
        { url: 'http://[', text: 'odd', isFollowed: true },
      ],
      images: [
        { url: 'https://site.test/a/1.png', alt: null },
        { url: 'https://site.test/a/2.png', alt: '' },
      ],
      structuredData: [
        { types: ['Organization', 'WebSite'], isValid: true },
        { types: [], isValid: false },
      ],
      language: 'en-GB',
      text: 'One Three bold First line Second & last To b Mail odd no',
      paragraphs: ['First line', 'Second & last', 'To b Mail odd no'],
    });
    expect([metaOf(page, 'description'), metaOf(page, 'og:title'), metaOf(page, '__proto__')]).toEqual([
      'About it',
      'OG',
      null,
    ]);
  });

  it('resolves links by the base that the page names', () => {
    const page = readPage('<base href="/shop/"><a href="item">x</a>', URL_OF_PAGE);
    expect(page.links[0]?.url).toBe('https://site.test/shop/item');
  });

  const long = (piece: string) => piece.repeat(Math.floor(2_000_000 / piece.length));

  it.each([
    ['nothing', ''],
    ['no markup', '\u0000\ufffd plain'],
    ['half a tag', '<html><body><a href="'],
    ['nesting without end', long('<div>')],
    ['formatting that is never closed', long('<b class=x><p>')],
    ['ends of what never began', '<div>'.repeat(900) + long('</b>')],
    ['nothing but links', long('<a href=/x>x</a>')],
    ['nothing but brackets', long('<')],
    ['one tag of very many attributes', `<a ${Array.from({ length: 100_000 }, (_, n) => `a${n}=1`).join(' ')}>`],
    ['comments', long('<!--x-->')],
    ['entities', long('&amp;')],
  ])('comes to an end soon, and keeps little, with %s', (_name, html) => {
    const page = readPage(html, URL_OF_PAGE);
    expect(page.links.length).toBeLessThanOrEqual(3_000);
    expect(page.text.length).toBeLessThan(600_000);
  });
});
