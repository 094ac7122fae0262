import { Injectable } from '@nestjs/common';
import { type ListQuery, type Page, toPage, toPosition } from '../../platform/http/pagination.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { OrganizationDirectoryRepository } from './organization-directory.repository.js';
import type { DirectoryEntry, SubscriptionState } from './organization.types.js';

export type DirectoryQuery = ListQuery & {
  readonly search?: string;
  readonly subscriptionState?: SubscriptionState;
};

/** Which organizations the product has, for people who run it. */
@Injectable()
export class OrganizationDirectoryService {
  constructor(
    private readonly repository: OrganizationDirectoryRepository,
    private readonly contexts: OrganizationContextService,
  ) {}

  /** Lists organizations of the product, whoever they belong to. On record as unscoped work, with the reason, before. */
  async list(reason: string, query: DirectoryQuery): Promise<Page<DirectoryEntry>> {
    const { search = null, subscriptionState = null, ...rest } = query;
    const filter = { ...rest, search, subscriptionState, after: toPosition(query) };
    return await this.contexts.runUnscoped(reason, async () => {
      return toPage(await this.repository.list(filter), query, (row) => row);
    });
  }
}
