import { plainPage, type PlannedPage, renderPage, type SiteServer } from './site-server.js';

/** What an audit must find: `rule path`, or the whole address where it is another site's. */
export type Planted = string[];

/** Damages one page (of two where it takes two), and says what is to be found. */
type PageFault = (page: PlannedPage, other: PlannedPage, site: SiteServer) => Planted;
const at = (rule: string, change: (page: PlannedPage, site: SiteServer) => void): [string, PageFault] => [
  rule,
  (page, _other, site) => {
    change(page, site);
    return [`${rule} ${page.path}`];
  },
];

const PAGE_FAULTS: readonly [string, PageFault][] = [
  at('title-missing', (page) => (page.titles = [])),
  at('title-multiple', (page) => page.titles.push('Another title of this page')),
  at('title-too-long', (page) => (page.titles = [`${page.titles[0]} ${'and so on '.repeat(8)}`])),
  at('title-too-short', (page) => (page.titles = [`Shoe ${page.path.slice(3)}`])),
  at('description-missing', (page) => (page.description = null)),
  at('description-too-long', (page) => (page.description += ' And there is more to be said of it.'.repeat(5))),
  at('description-too-short', (page) => (page.description = `Shoes ${page.path}`)),
  at('h1-missing', (page) => (page.headings = '<h2>How it is made</h2>')),
  at('h1-multiple', (page) => (page.headings += '<h1>Another</h1>')),
  at('heading-skipped', (page) => (page.headings += '<h4>Too deep</h4>')),
  at('heading-empty', (page) => (page.headings += '<h2> </h2>')),
  at('canonical-missing', (page) => (page.canonicals = [])),
  at('canonical-multiple', (page, { url }) => page.canonicals.push(`${url}/`)),
  at('canonical-foreign', (page) => (page.canonicals = ['http://shop.example/shoe'])),
  at('canonical-broken', (page, { url }) => (page.canonicals = [`${url}/canonical-gone${page.path}`])),
  at('refresh', (page) => (page.head += '<meta http-equiv="refresh" content="3600">')),
  at('image-alt-missing', (page) => (page.body += '<img src="/images/shoe.png">')),
  at('structured-data-invalid', (page) => (page.head += '<script type="application/ld+json">{oops</script>')),
  at('language-missing', (page) => (page.attributes = '')),
  at('language-invalid', (page) => (page.attributes = ' lang="english"')),
  at('hreflang-invalid', (page) => (page.head += `<link rel="alternate" hreflang="en_UK" href="${page.path}">`)),
  at('content-thin', (page) => (page.text = `<p>Shoes ${page.path}.</p>`)),
  at('page-heavy', (page) => (page.head += `<!--${'x'.repeat(520_000)}-->`)),
  at('viewport-missing', (page) => (page.viewport = '')),
  at('open-graph-missing', (page) => (page.openGraph = '')),
  at('noindex-listed', (page) => (page.head += '<meta name="robots" content="noindex, follow">')),
  at('page-orphan', (page) => (page.isLinked = false)),
  ['title-duplicate', (page, other) => both('title-duplicate', page, other, () => (other.titles = page.titles))],
  [
    'description-duplicate',
    (page, other) => both('description-duplicate', page, other, () => (other.description = page.description)),
  ],
  [
    'content-duplicate',
    (page, other) =>
      both('content-duplicate', page, other, () => Object.assign(other, { headings: page.headings, text: page.text })),
  ],
  [
    'hreflang-one-way',
    (page, other, { url }) => {
      page.head += `<link rel="alternate" hreflang="de" href="${url}${other.path}">`;
      return [`hreflang-one-way ${page.path}`];
    },
  ],
];

function both(rule: string, page: PlannedPage, other: PlannedPage, change: () => unknown): Planted {
  change();
  return [`${rule} ${page.path}`, `${rule} ${other.path}`];
}

/** Faults of what the page leads to. */
function plantAddresses(site: SiteServer, page: PlannedPage, listed: string[], round: number): Planted {
  const link = (path: string) => (page.body += ` <a href="${path}">More</a>`);
  const redirect = (from: string, to: string, status = 301) =>
    site.answers.set(from, { status, headers: { location: to } });
  const n = round;
  link(`/nowhere-${n}`);
  link(`http://${site.otherHost}/elsewhere-gone-${n}`);
  link(`http://[wrong-${n}`);
  link('mailto:shoes@example.com');
  link(`/fails-${n}`);
  site.answers.set(`/fails-${n}`, { status: 500, body: 'Error' });
  link(`/around-${n}`);
  redirect(`/around-${n}`, `/around-again-${n}`);
  redirect(`/around-again-${n}`, `/around-${n}`);
  link(`/chain-${n}`);
  redirect(`/chain-${n}`, `/chain-further-${n}`);
  redirect(`/chain-further-${n}`, '/');
  link(`/moved-${n}`);
  redirect(`/moved-${n}`, '/', 302);
  link(`/moved-for-good-${n}`);
  redirect(`/moved-for-good-${n}`, '/');
  link(`/leads-away-${n}`);
  redirect(`/leads-away-${n}`, 'http://shop.example/');
  link(`/private/linked-${n}`);
  link(`/into-private-${n}`);
  redirect(`/into-private-${n}`, `/private/behind-${n}`);
  link(`/brochure-${n}.pdf`);
  site.answers.set(`/brochure-${n}.pdf`, { headers: { 'content-type': 'application/pdf' }, body: '%PDF-' });
  page.body += `<img src="/private/hidden-${n}.png" alt="Hidden"><img src="/images/gone-${n}.png" alt="Gone"><img src="/images/huge-${n}.png" alt="Huge">`;
  site.answers.set(`/images/huge-${n}.png`, { headers: { 'content-type': 'image/png' }, body: Buffer.alloc(600_000) });
  listed.push(`/listed-gone-${n}`, `/listed-moved-${n}`, `/private/listed-${n}`);
  redirect(`/listed-moved-${n}`, '/');
  return [
    ...[`link-broken /nowhere-${n}`, `link-broken http://${site.otherHost}/elsewhere-gone-${n}`],
    ...[`link-broken http://[wrong-${n}`, `server-error /fails-${n}`, `redirect-loop /around-${n}`],
    ...[`redirect-chain /chain-${n}`, `redirect-temporary /moved-${n}`, `image-broken /images/gone-${n}.png`],
    ...[`image-heavy /images/huge-${n}.png`, `sitemap-broken /listed-gone-${n}`],
    ...[`sitemap-redirect /listed-moved-${n}`, `robots-blocks-listed /private/listed-${n}`],
  ];
}

export interface SitePlan {
  /** How many pages the site has. */
  readonly pages: number;
  /** How often each fault is planted. */
  readonly rounds: number;
  /** Bytes that make each page longer and are shown to nobody. */
  readonly padding?: number;
}

/** How many pages it takes to plant every fault once. */
export const PAGES_PER_ROUND = 2 * PAGE_FAULTS.length + 1;

/** Builds a site, plants the faults, and returns what an audit must find in it: that, and nothing else. */
export function plantSite(site: SiteServer, { pages: count, rounds, padding = 0 }: SitePlan): Planted {
  const pages = Array.from({ length: count }, (_, index) =>
    plainPage(site.url, `/p/${index + 1}`, `number ${index + 1}`),
  );
  const listed: string[] = [];
  const planted = ['site-insecure /', 'sitemap-malformed /broken.xml'];
  const rest = [...pages];
  const take = () => {
    const page = rest.shift();
    if (!page) throw new Error(`${rounds} rounds take ${rounds * PAGES_PER_ROUND} pages.`);
    return page;
  };
  for (let round = 1; round <= rounds; round += 1) {
    for (const [, fault] of PAGE_FAULTS) planted.push(...fault(take(), take(), site));
    planted.push(...plantAddresses(site, take(), listed, round));
  }
  const filler = padding === 0 ? '' : `<!--${'x'.repeat(padding)}-->`;
  for (const page of pages) site.answers.set(page.path, { body: renderPage(page, '/') + filler });
  const start = plainPage(site.url, '/', 'start');
  const links = pages.filter(({ isLinked }) => isLinked).map(({ path }) => `<a href="${path}">Shoe</a>`);
  site.answers.set('/', { body: renderPage({ ...start, body: start.body + links.join(' ') }, '/') });
  site.answers.set('/images/shoe.png', { headers: { 'content-type': 'image/png' }, body: 'png' });
  listed.push('/', ...pages.filter(({ isListed }) => isListed).map(({ path }) => path));
  site.answers.set('/robots.txt', { body: `User-agent: *\nDisallow: /private\nSitemap: ${site.url}/sitemap.xml` });
  const locations = (paths: readonly string[], tag: string) =>
    paths.map((path) => `<${tag}><loc>${site.url}${path}</loc></${tag}>`).join('');
  site.answers.set('/sitemap.xml', {
    body: `<sitemapindex>${locations(['/pages.xml', '/broken.xml'], 'sitemap')}</sitemapindex>`,
  });
  site.answers.set('/pages.xml', { body: `<urlset>${locations(listed, 'url')}</urlset>` });
  site.answers.set('/broken.xml', { body: '<html>Not a sitemap</html>' });
  return planted.sort();
}
