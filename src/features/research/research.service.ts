import { Injectable } from '@nestjs/common';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { type Page, toKeyset, toPage } from '../../platform/http/pagination.js';
import { JobService } from '../../platform/queue/job.service.js';
import { AuditService } from '../audit/audit.service.js';
import { ClientDataService } from '../client-data/client-data.service.js';
import type { RequestResearch, ResearchListQuery } from './research.dto.js';
import { researchWithoutSources } from './research.errors.js';
import { RESEARCH_REPORT } from './research.job.js';
import { ResearchRepository } from './research.repository.js';
import type { ReportWithJob } from './research.types.js';

/** Research reports on clients: asked for here, written by a worker. */
@Injectable()
export class ResearchService {
  constructor(
    private readonly repository: ResearchRepository,
    private readonly clients: ClientDataService,
    private readonly jobs: JobService,
    private readonly transactions: TransactionService,
    private readonly audit: AuditService,
  ) {}

  async list(query: ResearchListQuery): Promise<Page<ReportWithJob>> {
    const { clientId } = query;
    const page = { ...query, includeInactive: true };
    const filter = clientId === undefined ? {} : { clientId };
    const found = toPage(await this.repository.list(filter, toKeyset(page)), page, (row) => row);
    const entry = { action: 'research-report.listed', entity: 'ResearchReport', clientId: clientId ?? null } as const;
    await this.audit.record({ ...entry, fields: [`rows:${found.data.length}`] });
    return found;
  }

  /** @throws RESEARCH_REPORT_NOT_FOUND */
  async get(id: string): Promise<ReportWithJob> {
    const report = await this.repository.get(id);
    await this.record('research-report.read', id, report.clientId);
    return report;
  }

  /** Queues a report, and returns its id, which is that of its job. @throws CLIENT_NOT_FOUND, RESEARCH_WITHOUT_SOURCES */
  async request({ clientId, question, sources = [] }: RequestResearch): Promise<string> {
    const { websiteUrl, competitors } = await this.clients.getClientById(clientId);
    if (sources.length === 0 && websiteUrl === null && competitors.length === 0) throw researchWithoutSources();
    return await this.transactions.run(async () => {
      const { id } = await this.jobs.queueLater(RESEARCH_REPORT, { clientId });
      await this.repository.add({ id, jobId: id, clientId, question: question ?? null, askedSources: sources });
      await this.record('research-report.requested', id, clientId);
      return id;
    });
  }

  private async record(action: string, entityId: string, clientId: string): Promise<void> {
    await this.audit.record({ action, entity: 'ResearchReport', entityId, clientId });
  }
}
