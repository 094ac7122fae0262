import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { type Page, toKeyset, toPage } from '../../platform/http/pagination.js';
import { JobService } from '../../platform/queue/job.service.js';
import { AuditService } from '../audit/audit.service.js';
import { ClientSiteService } from '../site-pages/client-site.service.js';
import type { CrawlReport } from '../site-pages/site-page.types.js';
import { compare, type Verdict } from './audit-score.js';
import type { SeoAuditIssueListQuery, SeoAuditListQuery } from './seo-audit.dto.js';
import { SEO_AUDIT, type SeoAuditOrder, type SeoAuditOutcome } from './seo-audit.job.js';
import { SeoAuditRepository } from './seo-audit.repository.js';
import type { AuditDetail, SeoAuditIssueRow, SeoAuditRow, SeoAuditSummary } from './seo-audit.types.js';

/** What a job found, before it is stored. */
export interface JudgedSite {
  readonly clientId: string;
  readonly websiteUrl: string;
  readonly report: CrawlReport;
  readonly verdict: Verdict;
}

/** Audits of the sites of the organization's clients. An audit has the id of the job that made it. */
@Injectable()
export class SeoAuditService {
  constructor(
    private readonly repository: SeoAuditRepository,
    private readonly sites: ClientSiteService,
    private readonly jobs: JobService,
    private readonly transactions: TransactionService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Queues the audit of a client's site and returns the job's id.
   * @throws CLIENT_NOT_FOUND, CLIENT_WITHOUT_WEBSITE
   */
  async requestLater(order: SeoAuditOrder): Promise<string> {
    await this.sites.require(order.clientId);
    return await this.transactions.run(async () => {
      const { id } = await this.jobs.queueLater(SEO_AUDIT, order);
      await this.record('seo-audit.requested', id, order.clientId, [`maxPages:${order.maxPages}`]);
      return id;
    });
  }

  /** Stores what a job found, compared with the audit before. Belongs into the job's completion. */
  async store(id: string, { clientId, websiteUrl, report, verdict }: JudgedSite): Promise<SeoAuditOutcome> {
    const { score, issues, deductions, isTruncated } = verdict;
    const previous = await this.repository.findLatest(clientId);
    const compared = previous && compare(previous, issues);
    const detail: AuditDetail = { crawl: report, deductions, comparison: compared?.comparison ?? null, isTruncated };
    const count = (severity: string) => issues.filter((issue) => issue.severity === severity).length;
    await this.repository.add(
      {
        ...{ id, clientId, websiteUrl, score, pages: report.pages, detail: { ...detail } as object },
        ...{ errors: count('ERROR'), warnings: count('WARNING'), notices: count('NOTICE') },
      },
      issues.map((issue) => ({ ...issue, id: uuidv7(), isNew: compared?.isNew(issue) ?? true })),
    );
    await this.record('seo-audit.completed', id, clientId, [`score:${score}`, `issues:${issues.length}`]);
    return { seoAuditId: id, score, pages: report.pages, issues: issues.length };
  }

  async list(query: SeoAuditListQuery): Promise<Page<SeoAuditSummary>> {
    const { client: clientId } = query;
    const filter = clientId === undefined ? {} : { clientId };
    const page = toPage(await this.repository.list(filter, toKeyset(query)), query, (row) => row);
    await this.audit.record({
      ...{ action: 'seo-audit.listed', entity: 'SeoAudit', clientId: clientId ?? null },
      fields: [`rows:${page.data.length}`],
    });
    return page;
  }

  /** @throws SEO_AUDIT_NOT_FOUND */
  async get(id: string): Promise<SeoAuditRow> {
    const found = await this.repository.get(id);
    await this.record('seo-audit.read', id, found.clientId);
    return found;
  }

  /** @throws SEO_AUDIT_NOT_FOUND */
  async listIssues(id: string, query: SeoAuditIssueListQuery): Promise<Page<SeoAuditIssueRow>> {
    const { clientId } = await this.repository.get(id);
    const { severity, rule, isNew } = query;
    const filter = {
      seoAuditId: id,
      ...(severity !== undefined && { severity }),
      ...(rule !== undefined && { rule }),
      ...(isNew && { isNew }),
    };
    const page = toPage(await this.repository.listIssues(filter, toKeyset(query)), query, (row) => row);
    await this.record('seo-audit.read', id, clientId, [`issues:${page.data.length}`]);
    return page;
  }

  private async record(action: string, id: string, clientId: string, fields: readonly string[] = []): Promise<void> {
    await this.audit.record({ action, entity: 'SeoAudit', entityId: id, clientId, fields });
  }
}
