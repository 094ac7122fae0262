import { Inject, Injectable } from '@nestjs/common';
import type { Prisma, SeoAudit, SeoAuditIssue } from '../../generated/prisma/client.js';
import { getOr404 } from '../../platform/database/get-or-404.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import type { Keyset } from '../../platform/http/pagination.js';
import type { Issue, SeoAuditSummary } from './seo-audit.types.js';

const OF_ACTIVE_CLIENT = { client: { isActive: true } } as const;
const ROWS_AT_ONCE = 1_000;

@Injectable()
export class SeoAuditRepository {
  constructor(
    @Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'seoAudit' | 'seoAuditIssue'>,
  ) {}

  async list(filter: Prisma.SeoAuditWhereInput, page: Keyset): Promise<SeoAuditSummary[]> {
    const where = { AND: [OF_ACTIVE_CLIENT, filter, page.where] };
    return await this.database.seoAudit.findMany({ ...page, where, omit: { detail: true } });
  }

  /** Returns an audit of an active client. @throws SEO_AUDIT_NOT_FOUND */
  async get(id: string): Promise<SeoAudit> {
    const where: Prisma.SeoAuditWhereInput = { id, ...OF_ACTIVE_CLIENT };
    return await getOr404<Prisma.SeoAuditWhereInput, SeoAudit>(this.database.seoAudit, where, 'SEO audit');
  }

  /** Returns the latest audit of a client with its issues. */
  async findLatest(clientId: string): Promise<(SeoAudit & { issues: Pick<SeoAuditIssue, 'rule' | 'url'>[] }) | null> {
    const audit = await this.database.seoAudit.findFirst({
      where: { clientId },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    });
    if (!audit) return null;
    const issues = await this.database.seoAuditIssue.findMany({
      where: { seoAuditId: audit.id },
      select: { rule: true, url: true },
    });
    return { ...audit, issues };
  }

  async add(
    audit: Prisma.SeoAuditUncheckedCreateInput,
    issues: readonly (Issue & { readonly id: string; readonly isNew: boolean })[],
  ): Promise<void> {
    await this.database.seoAudit.create({ data: audit });
    for (let start = 0; start < issues.length; start += ROWS_AT_ONCE) {
      const data = issues.slice(start, start + ROWS_AT_ONCE).map((issue) => ({ ...issue, seoAuditId: audit.id }));
      await this.database.seoAuditIssue.createMany({ data });
    }
  }

  async listIssues(filter: Prisma.SeoAuditIssueWhereInput, page: Keyset): Promise<SeoAuditIssue[]> {
    return await this.database.seoAuditIssue.findMany({ ...page, where: { AND: [filter, page.where] } });
  }
}
