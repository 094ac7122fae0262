import { Inject, Injectable } from '@nestjs/common';
import type { Prisma, ResearchReport } from '../../generated/prisma/client.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import { resourceNotFound } from '../../platform/errors/general.errors.js';
import type { Keyset } from '../../platform/http/pagination.js';
import type { CompletedReport, ReportWithJob } from './research.types.js';

const WITH_JOB = { job: { select: { state: true, progress: true } } } as const;

@Injectable()
export class ResearchRepository {
  constructor(@Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'researchReport'>) {}

  async list(filter: Prisma.ResearchReportWhereInput, page: Keyset): Promise<ReportWithJob[]> {
    const where = { AND: [filter, page.where] };
    return await this.database.researchReport.findMany({ ...page, where, include: WITH_JOB });
  }

  /** @throws RESEARCH_REPORT_NOT_FOUND */
  async get(id: string): Promise<ReportWithJob> {
    const row = await this.database.researchReport.findFirst({ where: { id }, include: WITH_JOB });
    if (!row) throw resourceNotFound('research report');
    return row;
  }

  async add(report: Prisma.ResearchReportUncheckedCreateInput): Promise<void> {
    await this.database.researchReport.create({ data: report, select: { id: true } });
  }

  async complete(id: string, { sources, findings, ...columns }: CompletedReport): Promise<void> {
    const data = { ...columns, sources: toJson(sources), findings: toJson(findings), completedAt: new Date() };
    await this.database.researchReport.updateMany({ where: { id }, data });
  }

  /** The newest reports that are written. */
  async listCompleted(limit: number): Promise<ResearchReport[]> {
    return await this.database.researchReport.findMany({
      where: { completedAt: { not: null } },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit,
    });
  }
}

/** Prisma takes no interfaces for JSON. */
function toJson(value: readonly object[]): Prisma.InputJsonValue {
  return value;
}
