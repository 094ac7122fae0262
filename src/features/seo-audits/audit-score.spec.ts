import { compare, judge, RULES } from './audit-score.js';
import type { PageFacts, SiteFacts } from './seo-audit.types.js';

const report = {
  startUrl: 'https://site.test/',
  ...{ pages: 1, bytes: 1, end: 'COMPLETE' as const, hasRobots: true, sitemapFiles: 1, sitemapProblems: [] },
};
const page: PageFacts = {
  ...{ url: 'https://site.test/', status: 200, problem: null, isListed: true, bytes: 1_000 },
  ...{ titles: ['A title that is long enough'], description: 'd'.repeat(80), headingLevels: [1, 2] },
  ...{ hasEmptyHeading: false, canonicals: ['https://site.test/'], alternates: [], isIndexable: true, language: 'en' },
  ...{ words: 200, textDigest: 'x', imagesWithoutAlt: [], structuredData: { count: 1, invalid: 0 }, hasViewport: true },
  ...{ hasOpenGraph: true, hasRefresh: false, insecureResources: [] },
};
const siteOf = (change: Partial<SiteFacts> = {}): SiteFacts => ({
  ...{ startUrl: report.startUrl, report, pages: [page], failures: [], redirects: [] },
  ...{ links: new Map(), images: new Map(), checked: new Map(), ...change },
});
const rulesOf = (site: SiteFacts) => judge(site).issues.map(({ rule }) => rule);

describe(judge.name, () => {
  it('gives a site without faults all points', () => {
    expect(judge(siteOf())).toEqual({ score: 100, issues: [], deductions: [], isTruncated: false });
  });

  it('finds what a page on TLS takes without it, and a redirect that gives it up', () => {
    const insecure = { ...page, insecureResources: ['http://site.test/a.png'] };
    expect(rulesOf(siteOf({ pages: [insecure] }))).toEqual(['resource-insecure']);
    const redirect = {
      ...{ url: 'https://site.test/a', finalUrl: 'http://site.test/', hops: 1, isTemporary: false, isDowngrade: true },
      ...{ problem: null, isListed: false },
    };
    expect(rulesOf(siteOf({ redirects: [redirect] }))).toEqual(['redirect-insecure']);
  });

  it('accuses nobody of an address that only does not let us in', () => {
    const links = new Map([['https://other.test/', { pages: [page.url], count: 1 }]]);
    const answered = (status: number | null, problem: string | null) =>
      rulesOf(siteOf({ links, checked: new Map([['https://other.test/', { status, problem, bytes: null }]]) }));
    for (const status of [200, 301, 401, 403, 429, 503, 999]) expect(answered(status, null)).toEqual([]);
    expect(answered(null, 'WEB_TIMEOUT')).toEqual([]);
    for (const status of [404, 410]) expect(answered(status, null)).toEqual(['link-broken']);
    expect(answered(null, 'WEB_HOST_UNKNOWN')).toEqual(['link-broken']);
  });

  it('takes more for what concerns more of the site, and never more than there is', () => {
    const untitled = { ...page, titles: [] };
    const points = (pages: PageFacts[]) => judge(siteOf({ pages })).deductions[0]?.points ?? 0;
    const others = Array.from({ length: 9 }, (_, n) => ({
      ...{ ...page, url: `${page.url}${n}`, titles: [`A title of its own: number ${n}`] },
      ...{ description: `${n}`.repeat(80), textDigest: `${n}`, isListed: false },
    }));
    expect(points([untitled])).toBeGreaterThan(points([untitled, ...others]));
    const terrible: PageFacts = { ...untitled, description: null, headingLevels: [], canonicals: [], language: null };
    expect(judge(siteOf({ pages: [{ ...terrible, words: 0, bytes: 9_000_000 }] })).score).toBeGreaterThanOrEqual(0);
  });

  it('keeps 5,000 issues, errors first', () => {
    const pages = Array.from({ length: 3_000 }, (_, n) => ({
      ...page,
      url: `${page.url}${n}`,
      titles: [],
      hasViewport: false,
    }));
    const { issues, isTruncated } = judge(siteOf({ pages: pages.map((each) => ({ ...each, isListed: false })) }));
    expect([issues.length, isTruncated, issues[0]?.severity]).toEqual([5_000, true, 'ERROR']);
  });

  it('has rules with ids of their own, each with advice', () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    for (const { id, title, advice } of RULES) expect([id, title !== '', advice.length > 20]).toEqual([id, true, true]);
  });
});

describe(compare.name, () => {
  it('tells what came, what went and what stayed', () => {
    const issue = (rule: string, url: string) => ({ rule, url, detail: '', severity: 'ERROR' as const });
    const previous = { id: 'p', score: 50, issues: [issue('a', '1'), issue('a', '2')] };
    const { comparison, isNew } = compare(previous, [issue('a', '2'), issue('b', '2')]);
    expect(comparison).toEqual({
      ...{ previousId: 'p', previousScore: 50, introduced: 1, resolved: 1, unchanged: 1 },
      rules: { a: { introduced: 0, resolved: 1 }, b: { introduced: 1, resolved: 0 } },
    });
    expect([isNew(issue('a', '2')), isNew(issue('b', '2'))]).toEqual([false, true]);
  });
});
