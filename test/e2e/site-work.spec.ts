import { RULES } from '../../src/features/seo-audits/audit-score.js';
import { JobWorker } from '../../src/platform/queue/job-worker.js';
import {
  build,
  buildClient,
  buildMember,
  buildOrganization,
  type BuiltOrganization,
  buildSiteWork,
} from '../support/builders.js';
import { expectIndistinguishable } from '../support/expect-isolated.js';
import { eventually } from '../support/fault-proxy.js';
import { emptyQueue, untilJob } from '../support/queue.js';
import { PAGES_PER_ROUND, plantSite } from '../support/site-faults.js';
import { plainPage, renderPage, SiteServer } from '../support/site-server.js';
import { SocketClient } from '../support/socket-client.js';
import { listIssues } from '../support/seo-issues.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

describe('work on the sites of clients', () => {
  let app: TestApp;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;
  const sites: SiteServer[] = [];

  beforeAll(async () => {
    await emptyQueue();
    for (let count = 0; count < 4; count += 1) sites.push(await SiteServer.start());
    const allowed = sites.flatMap(({ host, otherHost }) => [host, otherHost]).join(',');
    app = await TestApp.start({ environment: { WEB_ALLOWED_HOSTS: allowed, WEB_CRAWL_DELAY_MS: '0' } });
    [acme, globex] = [await buildOrganization(app), await buildOrganization(app)];
    app.get(JobWorker).start();
  });
  afterAll(async () => {
    await app.stop();
    for (const site of sites) await site.stop();
  });

  const http = () => app.http(acme.owner, acme.id);
  const clientOf = async (websiteUrl: string | null, organization = acme) =>
    (await buildClient(app, organization, websiteUrl === null ? {} : { websiteUrl })).id;
  const order = async (path: string, body: object) =>
    ((await http().post(`/api/v1/${path}`).send(body).expect(202)).body as { id: string }).id;
  const done = async (path: string, body: object) => {
    const id = await order(path, body);
    const { result } = await untilJob(id, 'COMPLETED', 60_000);
    return { id, result, answer: (await http().get(`/api/v1/${path}/${id}`).expect(200)).body };
  };
  const siteAt = (index: number) => sites[index] as SiteServer;

  describe('SEO audits', () => {
    it('S1-24 find every planted fault and no other, live for whoever may see it, and compare with the audit before', async () => {
      const site = siteAt(0);
      const planted = plantSite(site, { pages: PAGES_PER_ROUND, rounds: 1 });
      const clientId = await clientOf(site.url);
      const [watcher, stranger] = await Promise.all(
        [acme, globex].map(({ owner, id }) =>
          SocketClient.connect(app.url, '/seo-audit', { token: owner.accessToken, organizationId: id }),
        ),
      );
      const member = await buildMember(app, acme);
      const asked = await app.http(member, acme.id).post('/api/v1/seo-audits').send({ clientId }).expect(202);
      const { id } = asked.body as { id: string };
      expect(await watcher?.ask('subscribe', { resourceId: id })).toMatchObject({ data: expect.anything() });
      expect(await stranger?.ask('subscribe', { resourceId: id })).toMatchObject({ error: expect.anything() });
      await untilJob(id, 'COMPLETED', 60_000);
      expect(await listIssues(http(), id, site)).toEqual(planted);

      const { body } = await http().get(`/api/v1/seo-audits/${id}`).expect(200);
      const lost = (body.deductions as { points: number }[]).reduce((sum, { points }) => sum + points, 0);
      expect(body).toMatchObject({ clientId, comparison: null, isTruncated: false, crawl: { end: 'COMPLETE' } });
      // With the start page; that several addresses lead to it makes it no more of them.
      expect(body.pages).toBe(PAGES_PER_ROUND + 1);
      expect(body.score).toBe(Math.max(0, Math.round(100 - lost)));
      expect(body.errors + body.warnings + body.notices).toBe(planted.length);
      await eventually(async () => {
        const told = watcher?.frames.filter(({ event }) => event === 'update').map(({ value }) => value) ?? [];
        expect(await Promise.resolve(told.at(-1))).toMatchObject({ type: 'completed', resourceId: id, progress: 100 });
      });
      expect(JSON.stringify(stranger?.frames)).not.toContain(id);
      watcher?.close();
      stranger?.close();

      // What robots.txt forbids was not even asked for; we said who we are.
      expect(site.requests.filter(({ path }) => path.startsWith('/private'))).toEqual([]);
      expect(new Set(site.requests.map(({ agent }) => /^\w+/.exec(agent)?.[0]))).toEqual(new Set(['BulkheadBot']));

      const errors = await http().get(`/api/v1/seo-audits/${id}/issues?severity=ERROR&rule=title-missing`).expect(200);
      expect(errors.body.data).toMatchObject([{ rule: 'title-missing', severity: 'ERROR', isNew: true }]);

      const repaired = planted.find((each) => each.startsWith('title-missing '))?.split(' ')[1] as string;
      site.answers.set(repaired, { body: renderPage(plainPage(site.url, repaired, 'repaired'), '/nowhere-new') });
      const again = await done('seo-audits', { clientId });
      expect(again.answer.comparison).toMatchObject({
        ...{ previousId: id, previousScore: body.score, introduced: 1, resolved: 1 },
        rules: { 'title-missing': { introduced: 0, resolved: 1 }, 'link-broken': { introduced: 1, resolved: 0 } },
      });
      const fresh = await http().get(`/api/v1/seo-audits/${again.id}/issues?isNew=true`).expect(200);
      expect(fresh.body.data).toMatchObject([{ rule: 'link-broken', url: `${site.url}/nowhere-new` }]);
      const records = await askAsSuperuser<{ action: string; actor_id: string }>(
        `SELECT action, actor_id FROM audit_logs WHERE entity_id = $1 AND action IN ('seo-audit.requested', 'seo-audit.completed')`,
        [id],
      );
      expect(records.map(({ actor_id: actorId }) => actorId)).toEqual([member.user.id, member.user.id]);
      expect(records.map(({ action }) => action).sort()).toEqual(['seo-audit.completed', 'seo-audit.requested']);
    });

    it('say of a bare site what it lacks, and together try every rule', async () => {
      const site = siteAt(1);
      site.answers.set('/', { body: renderPage({ ...plainPage(site.url, '/', 'bare'), structuredData: '' }, '/') });
      site.answers.set('/images/shoe.png', { headers: { 'content-type': 'image/png' } });
      const { id } = await done('seo-audits', { clientId: await clientOf(site.url) });
      const found = await listIssues(http(), id, site);
      expect(found).toEqual(
        ['robots-missing', 'site-insecure', 'sitemap-missing', 'structured-data-missing'].map((rule) => `${rule} /`),
      );
      const planted = plantSite(site, { pages: PAGES_PER_ROUND, rounds: 1 });
      const tried = new Set([...found, ...planted].map((each) => each.split(' ')[0]));
      // These two need TLS: audit-score.spec.ts.
      const others = ['redirect-insecure', 'resource-insecure'];
      expect([...tried, ...others].sort()).toEqual(RULES.map((rule) => rule.id).sort());
    });

    it('end where the site cannot or may not be read, with a reason and without a result', async () => {
      const site = siteAt(2);
      const failureOf = async (websiteUrl: string) => {
        const id = await order('seo-audits', { clientId: await clientOf(websiteUrl) });
        const { failure_code: code, failure_message: message } = await untilJob(id, 'FAILED');
        await http().get(`/api/v1/seo-audits/${id}`).expect(404);
        return { code, message };
      };
      site.answers.clear();
      expect(await failureOf(site.url)).toMatchObject({
        code: 'SITE_UNREADABLE',
        message: expect.stringContaining('HTTP_404') as string,
      });
      site.answers.set('/robots.txt', { body: 'User-agent: *\nDisallow: /' });
      expect((await failureOf(site.url)).message).toContain('ROBOTS_DISALLOWED');
      expect(site.requests.filter(({ path }) => path === '/')).toHaveLength(1);
      for (const url of ['http://169.254.169.254/', 'http://[::1]/', 'http://0x7f000001/']) {
        expect((await failureOf(url)).message).toContain('WEB_ADDRESS_REFUSED');
      }
    });

    it('stop asking at once when they are canceled', async () => {
      const site = siteAt(3);
      const paths = Array.from({ length: 200 }, (_, index) => `/slow/${index}`);
      site.answers.set('/', { body: paths.map((path) => `<a href="${path}">x</a>`).join('') });
      for (const path of paths) site.answers.set(path, { body: '<p>slow</p>', delayMs: 200 });
      const id = await order('seo-audits', { clientId: await clientOf(site.url), maxPages: 200 });
      await eventually(async () => expect(await Promise.resolve(site.requests.length)).toBeGreaterThan(8));
      await http().post(`/api/v1/jobs/${id}/cancellation`).expect(202);
      await untilJob(id, 'CANCELED');
      const { length } = site.requests;
      await new Promise((resolve) => setTimeout(resolve, 700));
      expect(site.requests).toHaveLength(length);
      expect(length).toBeLessThan(150);
      await http().get(`/api/v1/seo-audits/${id}`).expect(404);
    });
  });

  it('snapshots of meta tags keep what pages say of themselves, and tell what changed', async () => {
    const site = siteAt(2);
    site.answers.clear();
    const page = plainPage(site.url, '/', 'tagged');
    const extra = '<meta name="twitter:card" content="summary"><link rel="alternate" hreflang="de" href="/de">';
    site.answers.set('/', { body: renderPage({ ...page, head: extra }, '/a') });
    site.answers.set('/a', { body: renderPage(plainPage(site.url, '/a', 'leaving'), '/') });
    const clientId = await clientOf(site.url);
    const first = await done('meta-tag-snapshots', { clientId });
    expect(first.answer).toMatchObject({ pages: 2, difference: null, end: 'COMPLETE' });
    const { tags } =
      (first.answer.content as { url: string; tags: object[] }[]).find(({ url }) => url === `${site.url}/`) ?? {};
    expect(tags).toEqual(
      expect.arrayContaining([
        { name: 'title', content: page.titles[0] },
        { name: 'canonical', content: `${site.url}/` },
        { name: 'hreflang:de', content: `${site.url}/de` },
        { name: 'description', content: page.description },
        { name: 'og:title', content: 'tagged' },
        { name: 'twitter:card', content: 'summary' },
      ]),
    );
    site.answers.set('/', { body: renderPage({ ...page, titles: ['A new title of the page'] }, '/b') });
    site.answers.set('/b', { body: renderPage(plainPage(site.url, '/b', 'coming'), '/') });
    const { answer } = await done('meta-tag-snapshots', { clientId });
    expect(answer.difference).toMatchObject({
      previousId: first.id,
      added: [`${site.url}/b`],
      removed: [`${site.url}/a`],
    });
    expect(answer.difference.changed).toEqual([
      {
        url: `${site.url}/`,
        tags: [
          { name: 'title', before: [page.titles[0]], after: ['A new title of the page'] },
          { name: 'hreflang:de', before: [`${site.url}/de`], after: [] },
          { name: 'twitter:card', before: ['summary'], after: [] },
        ],
      },
    ]);
  });

  it('optimizations suggest what to change for each keyword of the client, with the reason', async () => {
    const site = siteAt(2);
    site.answers.clear();
    const start = plainPage(site.url, '/', 'start');
    const boots = { ...plainPage(site.url, '/boots', 'boots'), description: null };
    const mention = '<p>We also repair leather boots of every kind in our workshop.</p>';
    site.answers.set('/', { body: renderPage({ ...start, body: mention }, '/other') });
    site.answers.set('/other', { body: renderPage(plainPage(site.url, '/other', 'other'), '/boots') });
    site.answers.set('/boots', { body: renderPage(boots, '/') });
    const clientId = await clientOf(site.url);
    const { id: projectId } = await build(app, acme, `/clients/${clientId}/seo-projects`, { name: 'Boots' });
    await http().post('/api/v1/optimizations').send({ clientId }).expect(422);
    await build(app, acme, `/seo-projects/${projectId}/keywords`, {
      term: 'leather boots',
      targetUrl: `${site.url}/boots`,
    });
    await build(app, acme, `/seo-projects/${projectId}/keywords`, { term: 'repair' });
    const { answer } = await done('optimizations', { clientId });
    expect(answer).toMatchObject({ pages: 2, url: null, keyword: null, skipped: [] });
    const [forBoots, forRepair] = answer.results as {
      url: string;
      suggestions: { area: string; suggestion: string; reason: string }[];
    }[];
    expect([forBoots?.url, forRepair?.url]).toEqual([`${site.url}/boots`, `${site.url}/`]);
    const areas = new Set(forBoots?.suggestions.map(({ area }) => area));
    expect(areas).toEqual(new Set(['TITLE', 'DESCRIPTION', 'HEADINGS', 'CONTENT', 'DENSITY', 'LINKS', 'ADDRESS']));
    expect(forBoots?.suggestions.find(({ area }) => area === 'LINKS')?.suggestion).toContain(`${site.url}/.`);
    for (const { reason } of forBoots?.suggestions ?? []) expect(reason).not.toBe('');
    const one = await done('optimizations', { clientId, url: `${site.url}/other`, keyword: 'sandals' });
    expect(one.answer.results).toMatchObject([
      { url: `${site.url}/other`, keyword: 'sandals', measures: { occurrences: 0 } },
    ]);
    const foreign = await http()
      .post('/api/v1/optimizations')
      .send({ clientId, url: 'http://example.com/' })
      .expect(422);
    expect(foreign.body).toMatchObject({ code: 'PAGE_OF_ANOTHER_SITE' });
  });

  it.each(['seo-audits', 'meta-tag-snapshots', 'optimizations'])(
    '%s are asked for and read inside the organization only',
    async (path) => {
      const foreign = await clientOf('https://example.com', globex);
      const keyword = path === 'optimizations' ? { keyword: 'shoes' } : {};
      await expectIndistinguishable(foreign, (clientId) =>
        http()
          .post(`/api/v1/${path}`)
          .send({ clientId, ...keyword }),
      );
      const theirs = (await buildSiteWork(globex, foreign))[path] as string;
      await app.http(globex.owner, globex.id).get(`/api/v1/${path}/${theirs}`).expect(200);
      await expectIndistinguishable(theirs, (id) => http().get(`/api/v1/${path}/${id}`));
      if (path === 'seo-audits')
        await expectIndistinguishable(theirs, (id) => http().get(`/api/v1/${path}/${id}/issues`));
      const listed = await http().get(`/api/v1/${path}?limit=100`).expect(200);
      expect(JSON.stringify(listed.body)).not.toContain(theirs);
      const mine = await http().get(`/api/v1/${path}?client=${foreign}`).expect(200);
      expect(mine.body.data).toEqual([]);
      const withoutSite = await http()
        .post(`/api/v1/${path}`)
        .send({ clientId: await clientOf(null), ...keyword })
        .expect(422);
      expect(withoutSite.body).toMatchObject({ code: 'CLIENT_WITHOUT_WEBSITE' });
    },
  );
});
