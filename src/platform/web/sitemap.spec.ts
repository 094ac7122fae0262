import { gzipSync } from 'node:zlib';
import type { WebAnswer, WebClient } from './web-client.js';
import { hostUnknown } from './web.errors.js';
import { RobotsPolicy } from './robots-policy.js';
import { readSitemaps } from './sitemap.js';

const SITE = 'https://site.test';
const urlset = (...paths: string[]) =>
  `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${paths
    .map(
      (path) => `<url><loc> ${SITE}${path} </loc><image:image><image:loc>${SITE}/i.png</image:loc></image:image></url>`,
    )
    .join('')}</urlset>`;
const index = (...paths: string[]) =>
  `<sitemapindex>${paths.map((path) => `<sitemap><loc>${SITE}${path}</loc></sitemap>`).join('')}</sitemapindex>`;

/** A site of files; a number is a status, null a site that is not there. */
function siteOf(files: Record<string, string | Buffer | number | null>) {
  const asked: string[] = [];
  const fetch = async (address: string | URL): Promise<WebAnswer> => {
    const url = new URL(address);
    asked.push(url.pathname);
    const file = await Promise.resolve(files[url.pathname] ?? 404);
    if (files[url.pathname] === null) throw hostUnknown();
    const body = Buffer.from(typeof file === 'number' ? '' : file);
    const status = typeof file === 'number' ? file : 200;
    const answer = { url, status, headers: {}, contentType: null, body, bytes: body.length, isTruncated: false };
    return { ...answer, redirects: [], text: () => body.toString() };
  };
  return { web: { fetch } as Pick<WebClient, 'fetch'>, asked };
}

const { signal } = new AbortController();
const read = async (files: Parameters<typeof siteOf>[0], maxUrls = 100, mayRead = (_url: string) => true) =>
  await readSitemaps(siteOf(files).web, [`${SITE}/sitemap.xml`], { signal, maxUrls, mayRead });

describe(readSitemaps.name, () => {
  it('reads pages, indexes of sitemaps and compressed ones, each once', async () => {
    const result = await read({
      '/sitemap.xml': index('/a.xml', '/b.xml.gz', '/sitemap.xml', '/a.xml', '/missing.xml'),
      '/a.xml': urlset('/1', '/2&amp;x'),
      '/b.xml.gz': gzipSync(urlset('/2&amp;x', '/3')),
    });
    expect(result).toEqual({
      urls: ['/1', '/2&x', '/3'].map((path) => SITE + path),
      problems: [{ url: `${SITE}/missing.xml`, code: 'HTTP_404' }],
      files: 4,
    });
  });

  it('ends at its limits', async () => {
    const many = urlset(...Array.from({ length: 1_000 }, (_, number) => `/${number}`));
    expect((await read({ '/sitemap.xml': many }, 10)).urls).toHaveLength(10);
    const endless = Object.fromEntries(
      Array.from({ length: 50 }, (_, n) => [n === 0 ? '/sitemap.xml' : `/${n}.xml`, index(`/${n + 1}.xml`)] as const),
    );
    expect((await read(endless)).files).toBe(3);
    expect((await read({ '/sitemap.xml': gzipSync(Buffer.alloc(20_000_000)) })).problems[0]?.code).toBe(
      'WEB_TOO_LARGE',
    );
    expect((await read({ '/sitemap.xml': urlset('/1') }, 10, () => false)).files).toBe(0);
  });

  it('tells what is no sitemap, and expands nothing', async () => {
    expect((await read({ '/sitemap.xml': '<html></html>' })).problems[0]?.code).toBe('SITEMAP_MALFORMED');
    expect((await read({ '/sitemap.xml': null })).problems[0]?.code).toBe('WEB_HOST_UNKNOWN');
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset><url><loc>${SITE}/&b;</loc></url></urlset>`;
    expect((await read({ '/sitemap.xml': bomb })).urls).toEqual([`${SITE}/&b;`]);
  });
});

describe(RobotsPolicy.name, () => {
  const load = async (file: string | number | null) =>
    await RobotsPolicy.load(siteOf({ '/robots.txt': file }).web, SITE, signal);

  it('heeds what a site says to us, to all, and where its sitemaps are', async () => {
    const policy = await load(
      `User-agent: *\nDisallow: /private\nCrawl-delay: 99\nUser-agent: BulkheadBot\nDisallow: /ours\nAllow: /ours/open$\nSitemap: ${SITE}/s.xml`,
    );
    expect(
      ['/private', '/ours/x', '/ours/open', '/ours/open/x', '/'].map((path) => policy.isAllowed(SITE + path)),
    ).toEqual([...[true, false, true, false, true]]);
    expect(policy.sitemaps).toEqual([`${SITE}/s.xml`]);
    expect((await load('User-agent: *\nCrawl-delay: 99')).delaySeconds).toBe(10);
  });

  it('takes a missing file for leave, and one that fails for none', async () => {
    expect((await load(404)).isAllowed(`${SITE}/`)).toBe(true);
    expect((await load(503)).isAllowed(`${SITE}/`)).toBe(false);
    await expect(load(null)).rejects.toMatchObject({ code: 'WEB_HOST_UNKNOWN' });
  });
});
