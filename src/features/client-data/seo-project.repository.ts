import { Inject, Injectable } from '@nestjs/common';
import type { Keyword, Prisma, SeoProject } from '../../generated/prisma/client.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import type { Keyset } from '../../platform/http/pagination.js';

const OF_ACTIVE_CLIENT = { client: { isActive: true } } as const;

@Injectable()
export class SeoProjectRepository {
  constructor(
    @Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'seoProject' | 'keyword'>,
  ) {}

  async list(filter: Prisma.SeoProjectWhereInput, page: Keyset): Promise<SeoProject[]> {
    return await this.database.seoProject.findMany({ ...page, where: { AND: [filter, page.where] } });
  }

  /** Returns a project of an active client. */
  async find(id: string): Promise<SeoProject | null> {
    return await this.database.seoProject.findFirst({ where: { id, ...OF_ACTIVE_CLIENT } });
  }

  async add(project: Prisma.SeoProjectUncheckedCreateInput): Promise<SeoProject> {
    return await this.database.seoProject.create({ data: project });
  }

  /** Returns the changed row, or null if it is missing or has another version. */
  async update(
    id: string,
    version: number | undefined,
    data: Prisma.SeoProjectUncheckedUpdateManyInput,
  ): Promise<SeoProject | null> {
    const [row] = await this.database.seoProject.updateManyAndReturn({
      where: { id, ...(version !== undefined && { version }) },
      data: { ...data, version: { increment: 1 } },
    });
    return row ?? null;
  }

  async listKeywords(filter: Prisma.KeywordWhereInput, page: Keyset): Promise<Keyword[]> {
    return await this.database.keyword.findMany({ ...page, where: { AND: [filter, page.where] } });
  }

  async findKeyword(seoProjectId: string, where: { id: string } | { term: string }): Promise<Keyword | null> {
    return await this.database.keyword.findFirst({ where: { ...where, seoProjectId } });
  }

  async addKeyword(keyword: Prisma.KeywordUncheckedCreateInput): Promise<Keyword> {
    return await this.database.keyword.create({ data: keyword });
  }

  async updateKeyword(id: string, data: Prisma.KeywordUncheckedUpdateManyInput): Promise<Keyword | null> {
    const [row] = await this.database.keyword.updateManyAndReturn({
      where: { id },
      data: { ...data, version: { increment: 1 } },
    });
    return row ?? null;
  }
}
