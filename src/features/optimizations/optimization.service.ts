import { Injectable } from '@nestjs/common';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { type Page, toKeyset, toPage } from '../../platform/http/pagination.js';
import { JobService } from '../../platform/queue/job.service.js';
import { AuditService } from '../audit/audit.service.js';
import { ClientSiteService } from '../site-pages/client-site.service.js';
import type { OptimizationListQuery } from './optimization.dto.js';
import { keywordMissing } from './optimization.errors.js';
import { OPTIMIZATION, type OptimizationOrder, type OptimizationOutcome } from './optimization.job.js';
import { OptimizationRepository } from './optimization.repository.js';
import type { OptimizationDetail, OptimizationRow, OptimizationSummary, Target } from './optimization.types.js';

const MAX_TARGETS = 30;

/** Suggestions for pages of clients and the keywords they are to be found by. One has the id of the job that made it. */
@Injectable()
export class OptimizationService {
  constructor(
    private readonly repository: OptimizationRepository,
    private readonly sites: ClientSiteService,
    private readonly jobs: JobService,
    private readonly transactions: TransactionService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Queues the work and returns the job's id.
   * @throws CLIENT_NOT_FOUND, CLIENT_WITHOUT_WEBSITE, PAGE_OF_ANOTHER_SITE, KEYWORD_MISSING
   */
  async requestLater(order: OptimizationOrder): Promise<string> {
    await this.findTargets(order);
    return await this.transactions.run(async () => {
      const { id } = await this.jobs.queueLater(OPTIMIZATION, order);
      await this.record('optimization.requested', id, order.clientId);
      return id;
    });
  }

  /** Returns what is to be looked at: at most 30 keywords, each with its page if one is known. @throws as {@link requestLater} */
  async findTargets({ clientId, url, keyword }: OptimizationOrder): Promise<{ websiteUrl: string; targets: Target[] }> {
    const data = await this.sites.load(clientId, ['seoProjects'], url ?? undefined);
    const page = url === null ? null : new URL(url).href;
    if (keyword !== null) return { websiteUrl: data.websiteUrl, targets: [{ keyword, url: page }] };
    const keywords = data.seoProjects.flatMap((project) => project.keywords);
    const targets = keywords.map(({ term, targetUrl }) => ({
      keyword: term,
      url: page ?? (targetUrl !== null && URL.canParse(targetUrl) ? new URL(targetUrl).href : null),
    }));
    const distinct = [...new Map(targets.map((target) => [`${target.keyword} ${target.url}`, target])).values()];
    if (distinct.length === 0) throw keywordMissing();
    return { websiteUrl: data.websiteUrl, targets: distinct.slice(0, MAX_TARGETS) };
  }

  /** Stores what a job found. Belongs into the job's completion. */
  async store(
    id: string,
    { clientId, url, keyword }: OptimizationOrder,
    { websiteUrl, detail }: { readonly websiteUrl: string; readonly detail: OptimizationDetail },
  ): Promise<OptimizationOutcome> {
    const { pages } = detail;
    const suggestions = pages.reduce((sum, page) => sum + page.suggestions.length, 0);
    const score = Math.round(pages.reduce((sum, page) => sum + page.score, 0) / Math.max(1, pages.length));
    const counts = { pages: pages.length, suggestions, score };
    await this.repository.add({ id, clientId, websiteUrl, url, keyword, ...counts, detail: { ...detail } as object });
    await this.record('optimization.completed', id, clientId, [`suggestions:${suggestions}`]);
    return { optimizationId: id, pages: pages.length, suggestions };
  }

  async list(query: OptimizationListQuery): Promise<Page<OptimizationSummary>> {
    const { client: clientId } = query;
    const filter = clientId === undefined ? {} : { clientId };
    const page = toPage(await this.repository.list(filter, toKeyset(query)), query, (row) => row);
    await this.audit.record({
      ...{ action: 'optimization.listed', entity: 'Optimization', clientId: clientId ?? null },
      fields: [`rows:${page.data.length}`],
    });
    return page;
  }

  /** @throws OPTIMIZATION_NOT_FOUND */
  async get(id: string): Promise<OptimizationRow> {
    const found = await this.repository.get(id);
    await this.record('optimization.read', id, found.clientId);
    return found;
  }

  private async record(action: string, id: string, clientId: string, fields: readonly string[] = []): Promise<void> {
    await this.audit.record({ action, entity: 'Optimization', entityId: id, clientId, fields });
  }
}
