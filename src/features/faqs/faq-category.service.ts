import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { toDatabaseFault } from '../../platform/errors/database-fault.js';
import { versionConflict } from '../../platform/errors/general.errors.js';
import { type ListQuery, type Page, toPage, toPosition } from '../../platform/http/pagination.js';
import { toSlug } from '../../platform/http/slug.js';
import { SecurityEventService } from '../audit/security-event.service.js';
import { SuperuserService } from '../users/superuser.service.js';
import { FaqCategoryRepository } from './faq-category.repository.js';
import { faqCategoryInUse, faqCategoryNotFound, faqCategorySlugTaken } from './faq.errors.js';
import type { CreateFaqCategory, UpdateFaqCategory } from './faq-admin.dto.js';
import type { FaqCategory } from './faq.types.js';

/** The categories of the product's questions, for people of the platform. Every change is on the product's record. */
@Injectable()
export class FaqCategoryService {
  constructor(
    private readonly repository: FaqCategoryRepository,
    private readonly superusers: SuperuserService,
    private readonly events: SecurityEventService,
  ) {}

  /** @throws SUPERUSER_REQUIRED */
  async list(userId: string, query: ListQuery): Promise<Page<FaqCategory>> {
    await this.superusers.require(userId, 'faq-category.list');
    return toPage(await this.repository.list({ ...query, after: toPosition(query) }), query, (row) => row);
  }

  /** @throws SUPERUSER_REQUIRED, FAQ_CATEGORY_NOT_FOUND */
  async get(userId: string, id: string): Promise<FaqCategory> {
    await this.superusers.require(userId, 'faq-category.get');
    return await this.getActive(id);
  }

  /** @throws SUPERUSER_REQUIRED, FAQ_CATEGORY_SLUG_TAKEN */
  async create(userId: string, input: CreateFaqCategory): Promise<FaqCategory> {
    await this.superusers.require(userId, 'faq-category.create');
    return await this.add(input);
  }

  /** The same for commands, whose operator nobody asks. @throws FAQ_CATEGORY_SLUG_TAKEN */
  async add(input: CreateFaqCategory): Promise<FaqCategory> {
    const { name, slug = toSlug(name, 'category'), description = null, position = 0 } = input;
    const record = this.record('faq-category.created', Object.keys(input));
    return await this.repository.add(record, uuidv7(), { name, slug, description, position }).catch(asTaken);
  }

  /** @throws SUPERUSER_REQUIRED, FAQ_CATEGORY_NOT_FOUND, FAQ_CATEGORY_SLUG_TAKEN, VERSION_CONFLICT */
  async update(userId: string, id: string, input: UpdateFaqCategory, version?: number): Promise<FaqCategory> {
    await this.superusers.require(userId, 'faq-category.update');
    await this.getActive(id);
    const record = this.record('faq-category.updated', Object.keys(input));
    const row = await this.repository.update(record, id, version, { ...input }).catch(asTaken);
    if (!row) throw versionConflict();
    return row;
  }

  /** @throws SUPERUSER_REQUIRED, FAQ_CATEGORY_NOT_FOUND, FAQ_CATEGORY_IN_USE, VERSION_CONFLICT */
  async deactivate(userId: string, id: string, version?: number): Promise<void> {
    await this.superusers.require(userId, 'faq-category.deactivate');
    const current = await this.getActive(id);
    const isExpected = version === undefined || version === current.version;
    const row = await this.repository.setActive(this.record('faq-category.deactivated'), id, version, false);
    if (!row) throw isExpected ? faqCategoryInUse() : versionConflict();
  }

  /** @throws SUPERUSER_REQUIRED, FAQ_CATEGORY_NOT_FOUND, VERSION_CONFLICT */
  async restore(userId: string, id: string, version?: number): Promise<FaqCategory> {
    await this.superusers.require(userId, 'faq-category.restore');
    const current = await this.repository.find(id);
    if (!current) throw faqCategoryNotFound();
    if (version !== undefined && version !== current.version) throw versionConflict();
    if (current.isActive) return current;
    const row = await this.repository.setActive(this.record('faq-category.restored'), id, version, true);
    if (!row) throw versionConflict();
    return row;
  }

  private async getActive(id: string): Promise<FaqCategory> {
    const row = await this.repository.find(id);
    if (!row?.isActive) throw faqCategoryNotFound();
    return row;
  }

  private record(action: string, fields: readonly string[] = []): string {
    return this.events.toRecord({ action, outcome: 'SUCCESS', entity: 'FaqCategory', fields });
  }
}

function asTaken(error: unknown): never {
  throw toDatabaseFault(error)?.kind === 'conflict' ? faqCategorySlugTaken() : error;
}
