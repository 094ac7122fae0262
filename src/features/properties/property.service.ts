import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Prisma, Property } from '../../generated/prisma/client.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { versionConflict } from '../../platform/errors/general.errors.js';
import { type Page, toKeyset, toPage } from '../../platform/http/pagination.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import type { CreateProperty, PropertyListQuery, UpdateProperty } from './property.dto.js';
import { PropertyRepository } from './property.repository.js';
import { searchedTerms, termsOf, toSearchForm } from './property-terms.js';

/** The listings of the current organization, drafts and published ones. */
@Injectable()
export class PropertyService {
  constructor(
    private readonly repository: PropertyRepository,
    private readonly transactions: TransactionService,
    private readonly contexts: OrganizationContextService,
    private readonly audit: AuditService,
  ) {}

  async list(query: PropertyListQuery): Promise<Page<Property>> {
    return toPage(await this.repository.list(toFilter(query), toKeyset(query)), query, (row) => row);
  }

  /** Returns an active listing. @throws PROPERTY_NOT_FOUND */
  async get(id: string): Promise<Property> {
    return await this.repository.get({ id, isActive: true });
  }

  /** Creates a draft. */
  async create(input: CreateProperty): Promise<Property> {
    const id = uuidv7();
    const by = this.person();
    return await this.transactions.run(async () => {
      const row = { ...input, id, placeKey: toSearchForm(input.place), createdBy: by, updatedBy: by };
      const property = await this.repository.add(row);
      await this.audit.record({
        action: 'property.created',
        entity: 'Property',
        entityId: id,
        fields: Object.keys(input),
      });
      return property;
    });
  }

  /** @throws PROPERTY_NOT_FOUND, VERSION_CONFLICT */
  async update(id: string, input: UpdateProperty, version: number | undefined): Promise<Property> {
    await this.get(id);
    const { place } = input;
    const data = { ...input, ...(place !== undefined && { placeKey: toSearchForm(place) }) };
    return await this.change(id, version, data, 'property.updated', Object.keys(input));
  }

  /**
   * Lets everybody of the product read a listing, or makes it a draft again.
   * @throws PROPERTY_NOT_FOUND, VERSION_CONFLICT
   */
  async setPublication(id: string, isPublished: boolean, version: number | undefined): Promise<Property> {
    const before = await this.get(id);
    if (before.isPublished === isPublished && (version ?? before.version) === before.version) return before;
    if (!isPublished) return await this.change(id, version, { isPublished }, 'property.withdrawn');
    const data = { isPublished, publishedAt: new Date(), publishedBy: this.person() };
    return await this.change(id, version, data, 'property.published');
  }

  /** Takes a listing out of use; what was published is a draft afterwards. @throws PROPERTY_NOT_FOUND, VERSION_CONFLICT */
  async deactivate(id: string, version: number | undefined): Promise<void> {
    await this.get(id);
    const { actor } = this.contexts.requireOrganization();
    const data = { isActive: false, isPublished: false, deletedAt: new Date(), deletedBy: actor.id };
    await this.change(id, version, data, 'property.deactivated');
  }

  /** Restores a listing as a draft. @throws PROPERTY_NOT_FOUND, VERSION_CONFLICT */
  async restore(id: string, version: number | undefined): Promise<Property> {
    await this.repository.get({ id });
    return await this.change(id, version, { isActive: true, deletedAt: null, deletedBy: null }, 'property.restored');
  }

  private async change(
    id: string,
    version: number | undefined,
    data: Prisma.PropertyUncheckedUpdateManyInput,
    action: string,
    fields = Object.keys(data),
  ): Promise<Property> {
    return await this.transactions.run(async () => {
      const property = await this.repository.update(id, version, { ...data, updatedBy: this.person() });
      if (!property) throw versionConflict();
      const { title, place, description, isPublished } = property;
      await this.repository.setTerms(id, isPublished ? termsOf([title, place, description]) : []);
      await this.audit.record({ action, entity: 'Property', entityId: id, fields });
      return property;
    });
  }

  /** Who does it; for an API key the member who made it. */
  private person(): string {
    const { actor } = this.contexts.requireOrganization('PropertyService');
    return actor.type === 'apiKey' ? actor.userId : (actor.id ?? '');
  }
}

function toFilter({ includeInactive, isPublished, place, type, offer, minPrice, maxPrice, text }: PropertyListQuery) {
  const price = { ...(minPrice !== undefined && { gte: minPrice }), ...(maxPrice !== undefined && { lte: maxPrice }) };
  const conditions: Prisma.PropertyWhereInput[] = searchedTerms(text ?? '').map((word) => ({
    OR: ['title', 'description', 'place'].map((field) => ({ [field]: { contains: word, mode: 'insensitive' } })),
  }));
  return {
    ...(!includeInactive && { isActive: true }),
    ...(isPublished !== undefined && { isPublished }),
    ...(place !== undefined && { placeKey: toSearchForm(place) }),
    ...(type !== undefined && { type }),
    ...(offer !== undefined && { offer }),
    ...(Object.keys(price).length > 0 && { price }),
    ...(conditions.length > 0 && { AND: conditions }),
  } satisfies Prisma.PropertyWhereInput;
}
