import { Inject, Injectable } from '@nestjs/common';
import type { MetaTagSnapshot, Prisma } from '../../generated/prisma/client.js';
import { getOr404 } from '../../platform/database/get-or-404.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import type { Keyset } from '../../platform/http/pagination.js';
import type { MetaTagSnapshotSummary } from './meta-tag-snapshot.types.js';

type Where = Prisma.MetaTagSnapshotWhereInput;

const OF_ACTIVE_CLIENT = { client: { isActive: true } } as const;

@Injectable()
export class MetaTagSnapshotRepository {
  constructor(@Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'metaTagSnapshot'>) {}

  async list(filter: Prisma.MetaTagSnapshotWhereInput, page: Keyset): Promise<MetaTagSnapshotSummary[]> {
    const where = { AND: [OF_ACTIVE_CLIENT, filter, page.where] };
    return await this.database.metaTagSnapshot.findMany({ ...page, where, omit: { detail: true } });
  }

  /** Returns a snapshot of an active client. @throws META_TAG_SNAPSHOT_NOT_FOUND */
  async get(id: string): Promise<MetaTagSnapshot> {
    const where = { id, ...OF_ACTIVE_CLIENT };
    return await getOr404<Where, MetaTagSnapshot>(this.database.metaTagSnapshot, where, 'meta tag snapshot');
  }

  async findLatest(clientId: string): Promise<MetaTagSnapshot | null> {
    const orderBy = [{ createdAt: 'desc' as const }, { id: 'desc' as const }];
    return await this.database.metaTagSnapshot.findFirst({ where: { clientId }, orderBy });
  }

  async add(snapshot: Prisma.MetaTagSnapshotUncheckedCreateInput): Promise<void> {
    await this.database.metaTagSnapshot.create({ data: snapshot });
  }
}
