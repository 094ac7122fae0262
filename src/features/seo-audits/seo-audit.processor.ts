import { Injectable } from '@nestjs/common';
import { Performs } from '../../platform/queue/job-declaration.js';
import { JobProcessor, type JobRun } from '../../platform/queue/job-processor.js';
import { ClientSiteService } from '../site-pages/client-site.service.js';
import { SiteCrawlService } from '../site-pages/site-crawl.service.js';
import { judge } from './audit-score.js';
import { SEO_AUDIT, type SeoAuditOrder, type SeoAuditOutcome } from './seo-audit.job.js';
import { SeoAuditService } from './seo-audit.service.js';
import { SiteRecord } from './site-record.js';

const MAX_CHECKED = 1_000;
/** How much of the work is reading, and how much looking after links and images. */
const READING_PERCENT = 70;
const CHECKING_PERCENT = 25;

@Performs(SEO_AUDIT)
@Injectable()
export class SeoAuditProcessor extends JobProcessor<SeoAuditOrder, SeoAuditOutcome> {
  constructor(
    private readonly sites: ClientSiteService,
    private readonly crawls: SiteCrawlService,
    private readonly audits: SeoAuditService,
  ) {
    super();
  }

  async perform({ clientId, maxPages }: SeoAuditOrder, run: JobRun<SeoAuditOutcome>): Promise<SeoAuditOutcome> {
    const websiteUrl = await this.sites.require(clientId);
    const { signal } = run;
    const record = new SiteRecord();
    const report = await this.crawls.crawl(
      {
        ...{ websiteUrl, maxPages, signal },
        progress: async (read, known) => await run.progress((READING_PERCENT * read) / Math.max(read, known)),
      },
      (page, content) => record.add(page, content),
    );
    const checked = await this.crawls.check(record.toCheck(MAX_CHECKED), {
      signal,
      progress: async (done, known) => await run.progress(READING_PERCENT + (CHECKING_PERCENT * done) / known),
    });
    const verdict = judge(record.toFacts(report, checked));
    return await run.complete(
      async () => await this.audits.store(run.jobId, { clientId, websiteUrl, report, verdict }),
    );
  }
}
