import { answerOf, isGone, isMissing, isServerFault, listOf, MAX_DETAIL } from './answers.js';
import type { Finding, PageFacts, Rule, SiteFacts, Sources } from './seo-audit.types.js';

const MAX_IMAGE_BYTES = 500 * 1_024;

const shown = ({ pages }: SiteFacts) => pages.filter(({ isIndexable }) => isIndexable);
const ofSite = (is: (site: SiteFacts) => string | false) =>
  function* (site: SiteFacts): Generator<Finding> {
    const detail = is(site);
    if (detail !== false) yield { url: site.startUrl, detail };
  };
function* select<Item extends { readonly url: string }>(
  items: Iterable<Item>,
  describe: (item: Item) => string | false,
): Generator<Finding> {
  for (const item of items) {
    const detail = describe(item);
    if (detail !== false) yield { url: item.url, detail };
  }
}

/** What can be said of a site, and of its pages together. */
export const SITE_RULES: readonly Rule[] = [
  {
    id: 'title-duplicate',
    severity: 'WARNING',
    title: 'Pages with the same title',
    advice: 'Give each page a title of its own, so that people can tell them apart in results.',
    find: (site) => duplicates(shown(site), ({ titles }) => titles[0]?.toLowerCase() ?? ''),
  },
  {
    id: 'description-duplicate',
    severity: 'WARNING',
    title: 'Pages with the same description',
    advice: 'Describe each page by itself.',
    find: (site) => duplicates(shown(site), ({ description }) => description?.toLowerCase() ?? ''),
  },
  {
    id: 'content-duplicate',
    severity: 'WARNING',
    title: 'Pages that show the same text',
    advice: 'Keep one, and redirect to it or name it as the canonical address of the others.',
    find: (site) =>
      duplicates(shown(site).filter(isItsOwnCanonical), (page) => (page.words > 0 ? page.textDigest : '')),
  },
  {
    id: 'canonical-broken',
    severity: 'ERROR',
    title: 'Canonical address that is not there',
    advice: 'Name an address that answers with the page itself.',
    find: (site) => select(site.pages, ({ canonicals: [first] }) => isFailed(site, first) && `It names ${first}.`),
  },
  {
    id: 'hreflang-one-way',
    severity: 'WARNING',
    title: 'Other language does not point back',
    advice: 'Let each version name all others; one-way references are ignored.',
    find: (site) => select(site.pages, (page) => oneWayOf(site, page)),
  },
  {
    id: 'link-broken',
    severity: 'ERROR',
    title: 'Link that leads nowhere',
    advice: 'Correct the link, or redirect the address to the page that took its place.',
    find: brokenLinks,
  },
  {
    id: 'server-error',
    severity: 'ERROR',
    title: 'Page that fails',
    advice: 'Look into the log of the server: visitors and search engines get an error.',
    find: ({ failures }) =>
      select(failures, ({ status, problem }) =>
        isServerFault({ status, problem }) ? `It answers ${status ?? problem}.` : false,
      ),
  },
  {
    id: 'image-broken',
    severity: 'ERROR',
    title: 'Image that is not there',
    advice: 'Correct the address of the image, or put the file back.',
    find: (site) => addresses(site, site.images, (checked) => isGone(checked) && `It answers ${answerOf(checked)}`),
  },
  {
    id: 'image-heavy',
    severity: 'WARNING',
    title: 'Image that is heavy to load',
    advice: 'Scale the image to the size in which it is shown, and use WebP or AVIF.',
    find: (site) =>
      addresses(
        site,
        site.images,
        ({ bytes }) => (bytes ?? 0) > MAX_IMAGE_BYTES && `${Math.round((bytes ?? 0) / 1_024)} KB`,
      ),
  },
  {
    id: 'redirect-loop',
    severity: 'ERROR',
    title: 'Address that leads round in circles',
    advice: 'Let the address answer with a page, or lead to one.',
    find: ({ redirects }) =>
      select(redirects, ({ problem }) => /REDIRECT/.test(problem ?? '') && 'The redirects never arrive at a page.'),
  },
  {
    id: 'redirect-chain',
    severity: 'WARNING',
    title: 'Address that leads on more than once',
    advice: 'Redirect straight to the last address.',
    find: ({ redirects }) =>
      select(
        redirects,
        ({ hops, problem, finalUrl }) => problem === null && hops > 1 && `${hops} steps to ${finalUrl}.`,
      ),
  },
  {
    id: 'redirect-temporary',
    severity: 'NOTICE',
    title: 'Temporary redirect',
    advice: 'Answer 301 or 308 if the page has moved for good.',
    find: ({ redirects }) =>
      select(
        redirects,
        (each) => each.isTemporary && each.hops === 1 && each.problem === null && `It leads to ${each.finalUrl}.`,
      ),
  },
  {
    id: 'redirect-insecure',
    severity: 'ERROR',
    title: 'Redirect that gives up TLS',
    advice: 'Redirect to the https:// address.',
    find: ({ redirects }) => select(redirects, (each) => each.isDowngrade && `It leads to ${each.finalUrl}.`),
  },
  {
    id: 'robots-missing',
    severity: 'NOTICE',
    title: 'No robots.txt',
    advice: 'Add a robots.txt that names the sitemap.',
    find: ofSite(({ report }) => !report.hasRobots && 'There is no robots.txt.'),
  },
  {
    id: 'robots-blocks-listed',
    severity: 'WARNING',
    title: 'Page in the sitemap that robots.txt forbids',
    advice: 'Allow it in robots.txt, or take it out of the sitemap.',
    find: ({ failures }) =>
      select(failures, (page) => page.isListed && page.problem === 'ROBOTS_DISALLOWED' && 'It may not be read.'),
  },
  {
    id: 'noindex-listed',
    severity: 'WARNING',
    title: 'Page in the sitemap that is not to be indexed',
    advice: 'Take the page out of the sitemap, or noindex out of the page.',
    find: ({ pages }) => select(pages, (page) => page.isListed && !page.isIndexable && 'It says noindex.'),
  },
  {
    id: 'sitemap-missing',
    severity: 'NOTICE',
    title: 'No sitemap',
    advice: 'Publish a sitemap.xml and name it in robots.txt.',
    find: ofSite(({ report }) => report.sitemapProblems.length === report.sitemapFiles && 'No sitemap could be read.'),
  },
  {
    id: 'sitemap-malformed',
    severity: 'WARNING',
    title: 'Sitemap that cannot be read',
    advice: 'Correct the file, or take it out of the index of sitemaps.',
    find: ({ report }) =>
      report.sitemapProblems.length < report.sitemapFiles ? select(report.sitemapProblems, ({ code }) => code) : [],
  },
  {
    id: 'sitemap-broken',
    severity: 'ERROR',
    title: 'Page in the sitemap that is not there',
    advice: 'Take the address out of the sitemap.',
    find: ({ failures, links }) =>
      select(
        failures,
        (page) => page.isListed && !links.has(page.url) && isMissing(page) && `It answers ${answerOf(page)}.`,
      ),
  },
  {
    id: 'sitemap-redirect',
    severity: 'NOTICE',
    title: 'Address in the sitemap that leads on',
    advice: 'List the address that it leads to.',
    find: ({ redirects }) =>
      select(redirects, (each) => each.isListed && each.problem === null && `It leads to ${each.finalUrl}.`),
  },
  {
    id: 'page-orphan',
    severity: 'NOTICE',
    title: 'Page that nothing links to',
    advice: 'Link to the page from one that people visit.',
    find: ({ pages, links, startUrl, report }) =>
      report.end !== 'COMPLETE'
        ? []
        : select(
            pages,
            ({ url, isListed }) => isListed && !links.has(url) && url !== startUrl && 'Only the sitemap names it.',
          ),
  },
  {
    id: 'structured-data-missing',
    severity: 'NOTICE',
    title: 'No structured data',
    advice: 'Describe organization, products or articles by JSON-LD (schema.org).',
    find: ofSite(({ pages }) => pages.every(({ structuredData }) => structuredData.count === 0) && 'No page has any.'),
  },
  {
    id: 'site-insecure',
    severity: 'WARNING',
    title: 'Site without TLS',
    advice: 'Serve the site under https:// and redirect to it.',
    find: ofSite(({ startUrl }) => startUrl.startsWith('http:') && 'It is served under http://.'),
  },
];

function* duplicates(pages: readonly PageFacts[], keyOf: (page: PageFacts) => string): Generator<Finding> {
  const groups = Map.groupBy(pages, keyOf);
  for (const [key, group] of groups) {
    if (key === '' || group.length < 2) continue;
    for (const { url } of group) {
      const others = group.filter((page) => page.url !== url).map((page) => page.url);
      yield { url, detail: `The same as ${listOf({ pages: others, count: others.length })}.` };
    }
  }
}

function* brokenLinks(site: SiteFacts): Generator<Finding> {
  const failures = new Map(site.failures.map((page) => [page.url, page]));
  for (const [url, sources] of site.links) {
    const answer = failures.get(url) ?? site.checked.get(url);
    const isOurs = failures.has(url);
    const isBroken = answer !== undefined && (isOurs ? isMissing(answer) : isGone(answer));
    const isNoAddress = /^https?:/i.test(url) && !URL.canParse(url);
    if (isBroken) yield { url, detail: `It answers ${answerOf(answer)}. Linked from ${listOf(sources)}.` };
    else if (isNoAddress) yield { url, detail: `It is no address. Linked from ${listOf(sources)}.` };
  }
}

function* addresses(
  { checked }: SiteFacts,
  index: ReadonlyMap<string, Sources>,
  describe: (checked: NonNullable<ReturnType<SiteFacts['checked']['get']>>) => string | false,
): Generator<Finding> {
  for (const [url, sources] of index) {
    const answer = checked.get(url);
    const detail = answer !== undefined && describe(answer);
    if (detail !== false) yield { url, detail: `${detail}. On ${listOf(sources)}.` };
  }
}

function isFailed({ failures, redirects }: SiteFacts, url: string | undefined): boolean {
  return (
    failures.some((page) => page.url === url && isGone(page)) ||
    redirects.some((each) => each.url === url && each.problem !== null)
  );
}

function isItsOwnCanonical({ url, canonicals: [first] }: PageFacts): boolean {
  return first === undefined || first === url;
}

function oneWayOf({ pages }: SiteFacts, { url, alternates }: PageFacts): string | false {
  const others = alternates.filter((alternate) => alternate.url !== url);
  const silent = others.filter((alternate) => {
    const target = pages.find((page) => page.url === alternate.url);
    return target !== undefined && !target.alternates.some((back) => back.url === url);
  });
  return (
    silent.length > 0 &&
    silent
      .map((alternate) => alternate.url)
      .join(', ')
      .slice(0, MAX_DETAIL)
  );
}
