import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { versionConflict } from '../../platform/errors/general.errors.js';
import { type Page, toPage, toPosition } from '../../platform/http/pagination.js';
import { SecurityEventService } from '../audit/security-event.service.js';
import { SuperuserService } from '../users/superuser.service.js';
import type { CreateFaq, FaqAdminListQuery, FaqVersionListQuery, UpdateFaq } from './faq-admin.dto.js';
import { FaqDocumentRepository } from './faq-document.repository.js';
import { FaqEmbeddingService } from './faq-embedding.service.js';
import { faqCategoryNotFound, faqNotFound } from './faq.errors.js';
import type { FaqCount, FaqDocument, FaqVersion } from './faq.types.js';

/** The product's questions and answers, for people of the platform. Every change is a version, and on the record. */
@Injectable()
export class FaqDocumentService {
  constructor(
    private readonly repository: FaqDocumentRepository,
    private readonly embeddings: FaqEmbeddingService,
    private readonly superusers: SuperuserService,
    private readonly events: SecurityEventService,
  ) {}

  /** @throws SUPERUSER_REQUIRED */
  async list(userId: string, query: FaqAdminListQuery): Promise<Page<FaqDocument>> {
    await this.superusers.require(userId, 'faq.list');
    const { status = null, categoryId = null, sort, limit } = query;
    const filter = { status, categoryId, sort, limit, after: toPosition(query) };
    return toPage(await this.repository.list(this.embeddings.model, filter), query, (row) => row);
  }

  /** @throws SUPERUSER_REQUIRED, FAQ_NOT_FOUND */
  async get(userId: string, id: string): Promise<FaqDocument> {
    await this.superusers.require(userId, 'faq.get');
    return await this.getById(id);
  }

  /** @throws SUPERUSER_REQUIRED, FAQ_CATEGORY_NOT_FOUND, REFERENCE_NOT_FOUND */
  async create(userId: string, input: CreateFaq): Promise<FaqDocument> {
    await this.superusers.require(userId, 'faq.create');
    return await this.add(input);
  }

  /** The same for commands, whose operator nobody asks. @throws FAQ_CATEGORY_NOT_FOUND, REFERENCE_NOT_FOUND */
  async add(input: CreateFaq): Promise<FaqDocument> {
    const id = uuidv7();
    const { keywords = [], relatedIds = [], status = 'DRAFT', ...content } = input;
    const record = this.record('faq.created', Object.keys(input));
    const isStored = await this.repository.add(record, id, { ...content, keywords, relatedIds, status });
    if (!isStored) throw faqCategoryNotFound();
    return await this.embed(id);
  }

  /** @throws SUPERUSER_REQUIRED, FAQ_NOT_FOUND, FAQ_CATEGORY_NOT_FOUND, REFERENCE_NOT_FOUND, VERSION_CONFLICT */
  async update(userId: string, id: string, input: UpdateFaq, version?: number): Promise<FaqDocument> {
    await this.superusers.require(userId, 'faq.update');
    await this.getById(id);
    const isStored = await this.repository.update(this.record('faq.updated', Object.keys(input)), id, version, input);
    if (!isStored) {
      // Read again: of several who change the same version at once, the others are too late.
      const isExpected = version === undefined || version === (await this.getById(id)).version;
      throw isExpected && input.categoryId !== undefined ? faqCategoryNotFound() : versionConflict();
    }
    return await this.embed(id);
  }

  /** Takes it out of sight of visitors and keeps it. @throws SUPERUSER_REQUIRED, FAQ_NOT_FOUND, VERSION_CONFLICT */
  async archive(userId: string, id: string, version?: number): Promise<void> {
    await this.superusers.require(userId, 'faq.archive');
    await this.getById(id);
    const record = this.record('faq.archived', ['status']);
    if (!(await this.repository.update(record, id, version, { status: 'ARCHIVED' }))) throw versionConflict();
  }

  /** @throws SUPERUSER_REQUIRED, FAQ_NOT_FOUND */
  async listVersions(userId: string, id: string, { before, limit }: FaqVersionListQuery): Promise<FaqVersion[]> {
    await this.superusers.require(userId, 'faq.versions');
    await this.getById(id);
    return await this.repository.listVersions(id, before, limit);
  }

  /** @throws SUPERUSER_REQUIRED */
  async listCounts(userId: string, days: number, limit: number): Promise<FaqCount[]> {
    await this.superusers.require(userId, 'faq.analytics');
    return await this.repository.listCounts(days, limit);
  }

  private async getById(id: string): Promise<FaqDocument> {
    const document = await this.repository.find(this.embeddings.model, id);
    if (!document) throw faqNotFound();
    return document;
  }

  /** After it is stored: an endpoint that is down must not keep people from writing. */
  private async embed(id: string): Promise<FaqDocument> {
    const document = await this.getById(id);
    if (document.status !== 'PUBLISHED') return document;
    return { ...document, isEmbedded: await this.embeddings.embedDocument(document) };
  }

  private record(action: string, fields: readonly string[]): string {
    return this.events.toRecord({ action, outcome: 'SUCCESS', entity: 'FaqDocument', fields });
  }
}
