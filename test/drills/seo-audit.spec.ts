import { Browser, DashboardServer } from '../support/browser.js';
import { buildClient, buildOrganization, PASSWORD } from '../support/builders.js';
import { emptyQueue, untilJob } from '../support/queue.js';
import { eventually } from '../support/fault-proxy.js';
import { listIssues } from '../support/seo-issues.js';
import { PAGES_PER_ROUND, plantSite } from '../support/site-faults.js';
import { SiteServer } from '../support/site-server.js';
import { TestApp } from '../support/test-app.js';
import { WorkerProcess } from '../support/worker-process.js';

/** With the start page 300. The limit of the audit is higher: what is no page is read while there is room. */
const PAGES = 299;
const ROUNDS = Math.floor(PAGES / PAGES_PER_ROUND);
/** Long pages, so that whoever kept them would be seen. */
const PADDING = 400_000;
const MAX_GROWTH_MB = 200;
const MB = 1_024 * 1_024;

describe('an SEO audit of a site of 300 pages', () => {
  let app: TestApp;
  let worker: WorkerProcess;
  let site: SiteServer;
  let dashboard: DashboardServer;

  beforeAll(async () => {
    await emptyQueue();
    site = await SiteServer.start();
    dashboard = await DashboardServer.start();
    const allowed = [site.host, site.otherHost].join(',');
    app = await TestApp.start({ environment: { WEB_ALLOWED_HOSTS: allowed, CORS_ORIGINS: dashboard.origin } });
    worker = await WorkerProcess.start({ WEB_ALLOWED_HOSTS: allowed, WEB_CRAWL_DELAY_MS: '20' });
  });
  afterAll(async () => {
    await worker.stop();
    await app.stop();
    await site.stop();
    await dashboard.stop();
  });

  it('finds all planted faults and no other, in bounded memory', async () => {
    const planted = plantSite(site, { pages: PAGES, rounds: ROUNDS, padding: PADDING });
    const acme = await buildOrganization(app);
    const { id: clientId } = await buildClient(app, acme, { websiteUrl: site.url });
    const http = app.http(acme.owner, acme.id);
    const before = worker.residentBytes;
    let peak = before;
    const watch = setInterval(() => (peak = Math.max(peak, worker.residentBytes)), 50);
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

  it('is watched live by a page in a browser, from another origin', async () => {
    const globex = await buildOrganization(app);
    const { id: clientId } = await buildClient(app, globex, { websiteUrl: site.url });
    const { owner, id: organizationId } = globex;
    const login = { email: owner.email, password: PASSWORD };
    const task = { api: app.url, ...login, organizationId, clientId, site: site.url, maxPages: 400 };
    const browser = await Browser.open(`${dashboard.origin}/#${encodeURIComponent(JSON.stringify(task))}`);
    try {
      const hasEnded = () => dashboard.told.some(({ finished, problem }) => finished ?? problem);
      await eventually(async () => await Promise.resolve(expect(hasEnded()).toBe(true)), 240_000);
    } finally {
      await browser.close();
    }
    const { told } = dashboard;
    process.stdout.write(`The page showed: ${told.map(({ shown }) => shown).join('; ')}\n`);
    expect(told.filter(({ problem }) => problem)).toEqual([]);
    expect(told.at(-1)?.shown).toMatch(new RegExp(`^${PAGES + 1} pages, score \\d+$`));
    const widths = told.flatMap(({ width }) => (width === undefined ? [] : [Number.parseInt(width, 10)]));
    expect(widths).toEqual(widths.toSorted((a, b) => a - b));
    // Seen while it went on, and not only when it was over.
    expect(widths.filter((width) => width > 0 && width < 100).length).toBeGreaterThan(5);
  }, 300_000);
});
