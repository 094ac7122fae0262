import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Keyword, SeoProject } from '../../generated/prisma/client.js';
import { toDatabaseFault } from '../../platform/errors/database-fault.js';
import { resourceNotFound, valueTaken, versionConflict } from '../../platform/errors/general.errors.js';
import { type ListQuery, type Page, toKeyset, toPage } from '../../platform/http/pagination.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import { ClientDataStore } from './client-data-store.js';
import { ClientService } from './client.service.js';
import type { CreateKeyword, CreateSeoProject, UpdateSeoProject } from './seo-project.dto.js';
import { SeoProjectRepository } from './seo-project.repository.js';

/** SEO projects of clients, and the keywords that they target. */
@Injectable()
export class SeoProjectService {
  constructor(
    private readonly repository: SeoProjectRepository,
    private readonly clients: ClientService,
    private readonly store: ClientDataStore,
    private readonly contexts: OrganizationContextService,
    private readonly audit: AuditService,
  ) {}

  /** @throws CLIENT_NOT_FOUND */
  async list(clientId: string, query: ListQuery): Promise<Page<SeoProject>> {
    await this.clients.requireClient(clientId, true);
    const filter = { clientId, ...(!query.includeInactive && { isActive: true }) };
    const page = toPage(await this.repository.list(filter, toKeyset(query)), query, (row) => row);
    await this.audit.record({
      action: 'client-data.read',
      entity: 'Client',
      entityId: clientId,
      clientId,
      fields: ['seoProjects'],
    });
    return page;
  }

  /** @throws CLIENT_NOT_FOUND */
  async create(clientId: string, input: CreateSeoProject): Promise<SeoProject> {
    await this.clients.requireClient(clientId, true);
    const id = uuidv7();
    return await this.store.change(clientId, async () => {
      const project = await this.repository.add({ ...input, id, clientId });
      await this.record('seo-project.created', project, Object.keys(input));
      return project;
    });
  }

  /** Returns an active project of an active client. @throws SEO_PROJECT_NOT_FOUND */
  async get(id: string): Promise<SeoProject> {
    const project = await this.find(id, true);
    await this.record('seo-project.read', project);
    return project;
  }

  /** @throws SEO_PROJECT_NOT_FOUND, VERSION_CONFLICT */
  async update(id: string, input: UpdateSeoProject, version: number | undefined): Promise<SeoProject> {
    const { clientId } = await this.find(id, true);
    return await this.change(clientId, id, version, { ...input }, 'seo-project.updated');
  }

  /** @throws SEO_PROJECT_NOT_FOUND, VERSION_CONFLICT */
  async deactivate(id: string, version: number | undefined): Promise<void> {
    const { clientId } = await this.find(id, true);
    const { actor } = this.contexts.requireOrganization();
    await this.change(
      clientId,
      id,
      version,
      { isActive: false, deletedAt: new Date(), deletedBy: actor.id },
      'seo-project.deactivated',
    );
  }

  /** @throws SEO_PROJECT_NOT_FOUND, VERSION_CONFLICT */
  async restore(id: string, version: number | undefined): Promise<SeoProject> {
    const { clientId } = await this.find(id, false);
    return await this.change(
      clientId,
      id,
      version,
      { isActive: true, deletedAt: null, deletedBy: null },
      'seo-project.restored',
    );
  }

  /** @throws SEO_PROJECT_NOT_FOUND */
  async listKeywords(projectId: string, query: ListQuery): Promise<Page<Keyword>> {
    const project = await this.find(projectId, true);
    const filter = { seoProjectId: projectId, ...(!query.includeInactive && { isActive: true }) };
    const page = toPage(await this.repository.listKeywords(filter, toKeyset(query)), query, (row) => row);
    await this.record('seo-project.read', project, ['keywords']);
    return page;
  }

  /** Adds a keyword, or brings back a removed one. @throws SEO_PROJECT_NOT_FOUND, VALUE_TAKEN */
  async addKeyword(projectId: string, input: CreateKeyword): Promise<Keyword> {
    const project = await this.find(projectId, true);
    return await this.store.change(project.clientId, async () => {
      const former = await this.repository.findKeyword(projectId, { term: input.term });
      if (former?.isActive) throw valueTaken('term', 'This keyword');
      const keyword = former
        ? await this.repository.updateKeyword(former.id, { ...input, isActive: true, deletedAt: null, deletedBy: null })
        : await this.repository.addKeyword({ ...input, id: uuidv7(), seoProjectId: projectId }).catch(asTaken);
      if (!keyword) throw resourceNotFound('keyword');
      await this.record('keyword.added', project, ['keywords'], keyword.id);
      return keyword;
    });
  }

  /** @throws SEO_PROJECT_NOT_FOUND, KEYWORD_NOT_FOUND */
  async removeKeyword(projectId: string, id: string): Promise<void> {
    const project = await this.find(projectId, true);
    const { actor } = this.contexts.requireOrganization();
    await this.store.change(project.clientId, async () => {
      const keyword = await this.repository.findKeyword(projectId, { id });
      if (!keyword?.isActive) throw resourceNotFound('keyword');
      await this.repository.updateKeyword(id, { isActive: false, deletedAt: new Date(), deletedBy: actor.id });
      await this.record('keyword.removed', project, ['keywords'], id);
    });
  }

  private async find(id: string, isActive: boolean): Promise<SeoProject> {
    const project = await this.repository.find(id);
    if (project && (project.isActive || !isActive)) return project;
    await this.audit.record({ action: 'seo-project.read', entity: 'SeoProject', entityId: id, outcome: 'NOT_FOUND' });
    throw resourceNotFound('SEO project');
  }

  private async change(
    clientId: string,
    id: string,
    version: number | undefined,
    data: Parameters<SeoProjectRepository['update']>[2],
    action: string,
  ): Promise<SeoProject> {
    return await this.store.change(clientId, async () => {
      const project = await this.repository.update(id, version, data);
      if (!project) throw versionConflict();
      await this.record(action, project, Object.keys(data));
      return project;
    });
  }

  private async record(
    action: string,
    project: SeoProject,
    fields: readonly string[] = [],
    keywordId?: string,
  ): Promise<void> {
    const { id, clientId } = project;
    const entity = keywordId ? 'Keyword' : 'SeoProject';
    await this.audit.record({ action, entity, entityId: keywordId ?? id, clientId, fields });
  }
}

function asTaken(error: unknown): never {
  throw toDatabaseFault(error)?.kind === 'conflict' ? valueTaken('term', 'This keyword') : error;
}
