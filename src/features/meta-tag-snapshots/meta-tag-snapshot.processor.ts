import { Injectable } from '@nestjs/common';
import { Performs } from '../../platform/queue/job-declaration.js';
import { JobProcessor, type JobRun } from '../../platform/queue/job-processor.js';
import { ClientSiteService } from '../site-pages/client-site.service.js';
import { SiteCrawlService } from '../site-pages/site-crawl.service.js';
import { META_TAG_SNAPSHOT, type MetaTagSnapshotOrder, type MetaTagSnapshotOutcome } from './meta-tag-snapshot.job.js';
import { MetaTagSnapshotService } from './meta-tag-snapshot.service.js';
import type { SnapshotPage } from './meta-tag-snapshot.types.js';
import { toSnapshotPage } from './page-tags.js';

/** The rest is storing. */
const READING_PERCENT = 95;

@Performs(META_TAG_SNAPSHOT)
@Injectable()
export class MetaTagSnapshotProcessor extends JobProcessor<MetaTagSnapshotOrder, MetaTagSnapshotOutcome> {
  constructor(
    private readonly sites: ClientSiteService,
    private readonly crawls: SiteCrawlService,
    private readonly snapshots: MetaTagSnapshotService,
  ) {
    super();
  }

  async perform(
    { clientId, maxPages }: MetaTagSnapshotOrder,
    run: JobRun<MetaTagSnapshotOutcome>,
  ): Promise<MetaTagSnapshotOutcome> {
    const websiteUrl = await this.sites.require(clientId);
    const pages = new Map<string, SnapshotPage>();
    const { end } = await this.crawls.crawl(
      {
        ...{ websiteUrl, maxPages, signal: run.signal },
        progress: async (read, known) => await run.progress((READING_PERCENT * read) / Math.max(read, known)),
      },
      ({ finalUrl }, content) => {
        if (content) pages.set(finalUrl, toSnapshotPage(finalUrl, content));
      },
    );
    const found = { clientId, websiteUrl, end, pages: [...pages.values()] };
    return await run.complete(async () => await this.snapshots.store(run.jobId, found));
  }
}
