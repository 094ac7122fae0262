import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Business } from '../../generated/prisma/client.js';
import { toDatabaseFault } from '../../platform/errors/database-fault.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { valueTaken, versionConflict } from '../../platform/errors/general.errors.js';
import { type ListQuery, type Page, toKeyset, toPage } from '../../platform/http/pagination.js';
import { freeSlug } from '../../platform/http/slug.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import type { CreateBusiness, UpdateBusiness } from './business.dto.js';
import { BusinessRepository } from './business.repository.js';

const SLUG_ATTEMPTS = 6;

/** The business units of the current organization. */
@Injectable()
export class BusinessService {
  constructor(
    private readonly repository: BusinessRepository,
    private readonly transactions: TransactionService,
    private readonly contexts: OrganizationContextService,
    private readonly audit: AuditService,
  ) {}

  async list(query: ListQuery): Promise<Page<Business>> {
    const filter = query.includeInactive ? {} : { isActive: true };
    return toPage(await this.repository.list(filter, toKeyset(query)), query, (row) => row);
  }

  /** Returns an active business. @throws BUSINESS_NOT_FOUND */
  async get(id: string): Promise<Business> {
    return await this.repository.get({ id, isActive: true });
  }

  /** Returns an active business. @throws BUSINESS_NOT_FOUND */
  async getBySlug(slug: string): Promise<Business> {
    return await this.repository.get({ slug, isActive: true });
  }

  /** @throws VALUE_TAKEN for a chosen slug; one derived from the name is made unique. */
  async create(input: CreateBusiness): Promise<Business> {
    for (let attempt = 0; ; attempt += 1) {
      const slug = input.slug ?? (await this.deriveSlug(input.name, attempt));
      try {
        return await this.add({ ...input, slug }, Object.keys(input));
      } catch (error) {
        // Somebody else took the derived slug meanwhile; a chosen one is the caller's to change.
        const isLost = toDatabaseFault(error)?.kind === 'conflict' && input.slug === undefined;
        if (!isLost || attempt >= SLUG_ATTEMPTS) asTaken(error);
      }
    }
  }

  /** @throws BUSINESS_NOT_FOUND, VALUE_TAKEN, VERSION_CONFLICT */
  async update(id: string, input: UpdateBusiness, version: number | undefined): Promise<Business> {
    await this.get(id);
    return await this.change(id, version, { ...input }, 'business.updated');
  }

  /** @throws BUSINESS_NOT_FOUND, VERSION_CONFLICT */
  async deactivate(id: string, version: number | undefined): Promise<void> {
    await this.get(id);
    const { actor } = this.contexts.requireOrganization();
    await this.change(
      id,
      version,
      { isActive: false, deletedAt: new Date(), deletedBy: actor.id },
      'business.deactivated',
    );
  }

  /** @throws BUSINESS_NOT_FOUND, VERSION_CONFLICT */
  async restore(id: string, version: number | undefined): Promise<Business> {
    await this.repository.get({ id });
    return await this.change(id, version, { isActive: true, deletedAt: null, deletedBy: null }, 'business.restored');
  }

  /** The first free one; after losing it twice to others at once, one that nobody else will try. */
  private async deriveSlug(name: string, attempt: number): Promise<string> {
    const slug = await freeSlug(name, 'business', (prefix) => this.repository.listSlugs(prefix));
    return attempt < 2 ? slug : `${slug}-${randomInt(1_000, 1_000_000)}`;
  }

  private async add(business: CreateBusiness & { slug: string }, fields: string[]): Promise<Business> {
    const id = uuidv7();
    return await this.transactions.run(async () => {
      const row = await this.repository.add({ ...business, id });
      await this.audit.record({ action: 'business.created', entity: 'Business', entityId: id, fields });
      return row;
    });
  }

  private async change(
    id: string,
    version: number | undefined,
    data: Parameters<BusinessRepository['update']>[2],
    action: string,
  ): Promise<Business> {
    return await this.transactions.run(async () => {
      const business = await this.repository.update(id, version, data).catch(asTaken);
      if (!business) throw versionConflict();
      await this.audit.record({ action, entity: 'Business', entityId: id, fields: Object.keys(data) });
      return business;
    });
  }
}

function asTaken(error: unknown): never {
  throw toDatabaseFault(error)?.kind === 'conflict' ? valueTaken('slug', 'This slug') : error;
}
