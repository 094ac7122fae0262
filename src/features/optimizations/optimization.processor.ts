import { Injectable } from '@nestjs/common';
import { Performs } from '../../platform/queue/job-declaration.js';
import { JobProcessor, type JobRun } from '../../platform/queue/job-processor.js';
import { clip } from '../../platform/web/clip.js';
import { metaOf } from '../../platform/web/page.js';
import type { PageContent } from '../../platform/web/page.types.js';
import { SiteCrawlService } from '../site-pages/site-crawl.service.js';
import { wordsOf } from './keyword-match.js';
import { OPTIMIZATION, type OptimizationOrder, type OptimizationOutcome } from './optimization.job.js';
import { OptimizationService } from './optimization.service.js';
import type { ReadPage } from './optimization.types.js';
import { optimize } from './page-optimizer.js';

const MAX_PAGES = 50;
const READING_PERCENT = 90;
const MAX_TEXT = 50_000;
const MAX_OF_A_KIND = 300;

@Performs(OPTIMIZATION)
@Injectable()
export class OptimizationProcessor extends JobProcessor<OptimizationOrder, OptimizationOutcome> {
  constructor(
    private readonly crawls: SiteCrawlService,
    private readonly optimizations: OptimizationService,
  ) {
    super();
  }

  async perform(order: OptimizationOrder, run: JobRun<OptimizationOutcome>): Promise<OptimizationOutcome> {
    const { websiteUrl, targets } = await this.optimizations.findTargets(order);
    const first = targets.flatMap(({ url }) => url ?? []);
    const pages = new Map<string, ReadPage>();
    await this.crawls.crawl(
      {
        ...{ websiteUrl, first, maxPages: MAX_PAGES, signal: run.signal },
        progress: async (read, known) => await run.progress((READING_PERCENT * read) / Math.max(read, known)),
      },
      ({ finalUrl }, content) => {
        if (content) pages.set(finalUrl, toReadPage(finalUrl, content));
      },
    );
    const detail = optimize(targets, [...pages.values()]);
    return await run.complete(async () => await this.optimizations.store(run.jobId, order, { websiteUrl, detail }));
  }
}

function toReadPage(url: string, content: PageContent): ReadPage {
  return {
    url,
    title: clip(content.titles[0] ?? '', MAX_OF_A_KIND),
    description: clip(metaOf(content, 'description') ?? '', 2 * MAX_OF_A_KIND),
    headings: content.headings
      .slice(0, MAX_OF_A_KIND)
      .map(({ level, text }) => ({ level, text: clip(text, MAX_OF_A_KIND) })),
    words: wordsOf(clip(content.text, MAX_TEXT)),
    paragraphs: content.paragraphs.slice(0, MAX_OF_A_KIND).map((text) => clip(text, 5_000)),
    links: content.links
      .slice(0, MAX_OF_A_KIND)
      .map((link) => ({ url: link.url, text: clip(link.text, MAX_OF_A_KIND) })),
  };
}
