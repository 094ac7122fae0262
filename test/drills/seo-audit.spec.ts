import { JobWorker } from '../../src/platform/queue/job-worker.js';
import { buildClient, buildOrganization } from '../support/builders.js';
import { emptyQueue, untilJob } from '../support/queue.js';
import { listIssues } from '../support/seo-issues.js';
import { PAGES_PER_ROUND, plantSite } from '../support/site-faults.js';
import { SiteServer } from '../support/site-server.js';
import { TestApp } from '../support/test-app.js';

/** With the start page 300. The limit of the audit is higher: what is no page is read while there is room. */
const PAGES = 299;
const ROUNDS = Math.floor(PAGES / PAGES_PER_ROUND);
/** Long pages, so that whoever kept them would be seen. */
const PADDING = 400_000;
const MAX_GROWTH_MB = 200;
const MB = 1_024 * 1_024;

describe('an SEO audit of a site of 300 pages', () => {
  let app: TestApp;
  let site: SiteServer;

  beforeAll(async () => {
    await emptyQueue();
    site = await SiteServer.start();
    const allowed = [site.host, site.otherHost].join(',');
    app = await TestApp.start({ environment: { WEB_ALLOWED_HOSTS: allowed, WEB_CRAWL_DELAY_MS: '0' } });
    app.get(JobWorker).start();
  });
  afterAll(async () => {
    await app.stop();
    await site.stop();
  });

  it('finds all planted faults and no other, in bounded memory', async () => {
    const planted = plantSite(site, { pages: PAGES, rounds: ROUNDS, padding: PADDING });
    const acme = await buildOrganization(app);
    const { id: clientId } = await buildClient(app, acme, { websiteUrl: site.url });
    const http = app.http(acme.owner, acme.id);
    const before = process.memoryUsage().rss;
    let peak = before;
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 50);
    const startedAt = performance.now();
    const { body } = await http.post('/api/v1/seo-audits').send({ clientId, maxPages: 400 }).expect(202);
    await untilJob(body.id as string, 'COMPLETED', 240_000);
    const seconds = (performance.now() - startedAt) / 1_000;
    clearInterval(watch);
    const found = await listIssues(http, body.id as string, site);
    const { body: audit } = await http.get(`/api/v1/seo-audits/${body.id}`).expect(200);
    process.stdout.write(
      `${audit.pages} pages, ${Math.round(audit.crawl.bytes / MB)} MB, ${site.requests.length} requests, ` +
        `${found.length} issues of ${planted.length} planted, score ${audit.score}, ${seconds.toFixed(1)} s, ` +
        `memory grew by at most ${Math.round((peak - before) / MB)} MB\n`,
    );
    expect(found).toEqual(planted);
    expect(audit.pages).toBe(PAGES + 1);
    expect((peak - before) / MB).toBeLessThan(MAX_GROWTH_MB);
  }, 300_000);
});
