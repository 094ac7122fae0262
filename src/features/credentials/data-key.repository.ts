import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { OrganizationKey } from '../../generated/prisma/client.js';
import type { WrappedKey } from '../../platform/crypto/root-keys.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import type { StoredDataKey } from './data-key.types.js';

const HAS_KEY = { wrappedKey: { not: null } } as const;
const NO_KEY = { wrappedKey: null, rootKeyId: null } as const;

/** The data keys of the current organization. */
@Injectable()
export class DataKeyRepository {
  constructor(@Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'organizationKey'>) {}

  /** Returns the key that encrypts now. */
  async findActive(): Promise<StoredDataKey | null> {
    return toStored(await this.database.organizationKey.findFirst({ where: { state: 'ACTIVE', ...HAS_KEY } }));
  }

  async find(id: string): Promise<StoredDataKey | null> {
    return toStored(await this.database.organizationKey.findFirst({ where: { id, ...HAS_KEY } }));
  }

  /** Returns all that are not destroyed. */
  async list(): Promise<StoredDataKey[]> {
    const rows = await this.database.organizationKey.findMany({ where: HAS_KEY, orderBy: { version: 'asc' } });
    return rows.flatMap((row) => toStored(row) ?? []);
  }

  /** Adds the next key as the one that encrypts, unless there is one, or keys were destroyed. */
  async addActive(id: string, { rootKeyId, wrapped }: WrappedKey): Promise<void> {
    const version = (await this.findLastVersion()) + 1;
    const key = { id, version, state: 'ACTIVE', rootKeyId, wrappedKey: wrapped };
    await this.database.organizationKey.createMany({ data: [key], skipDuplicates: true });
  }

  /** Lets the key open and encrypt no more. Returns whether it was the one that encrypts. */
  async beginRetiring(id: string): Promise<boolean> {
    const data = { state: 'RETIRING' };
    return (await this.database.organizationKey.updateMany({ where: { id, state: 'ACTIVE' }, data })).count > 0;
  }

  /** Returns how many keys nothing refers to any more. */
  async retire(ids: readonly string[]): Promise<number> {
    const where = { id: { in: [...ids] }, state: 'RETIRING' };
    const data = { state: 'RETIRED', retiredAt: new Date() };
    return (await this.database.organizationKey.updateMany({ where, data })).count;
  }

  /** Wraps a key anew, unless somebody else did meanwhile. Returns whether it did. */
  async rewrap(id: string, former: string, { rootKeyId, wrapped }: WrappedKey): Promise<boolean> {
    const where = { id, wrappedKey: former };
    const data = { rootKeyId, wrappedKey: wrapped };
    return (await this.database.organizationKey.updateMany({ where, data })).count > 0;
  }

  /** Takes every key away, and leaves a mark by which none is made again. Returns how many there were. */
  async destroy(): Promise<number> {
    const gone = { ...NO_KEY, destroyedAt: new Date() };
    const former = await this.database.organizationKey.updateMany({
      where: { state: { in: ['RETIRING', 'RETIRED'] }, ...HAS_KEY },
      data: { state: 'RETIRED', ...gone },
    });
    const active = await this.database.organizationKey.updateMany({
      where: { state: 'ACTIVE' },
      data: { state: 'DESTROYED', ...gone },
    });
    const mark = { id: uuidv7(), version: (await this.findLastVersion()) + 1, state: 'DESTROYED', ...gone };
    await this.database.organizationKey.createMany({ data: [mark], skipDuplicates: true });
    return former.count + active.count;
  }

  private async findLastVersion(): Promise<number> {
    const last = await this.database.organizationKey.findFirst({
      orderBy: { version: 'desc' },
      select: { version: true },
    });
    return last?.version ?? 0;
  }
}

function toStored(row: OrganizationKey | null): StoredDataKey | null {
  if (!row?.wrappedKey || !row.rootKeyId) return null;
  const { id, version, state, rootKeyId, wrappedKey, createdAt } = row;
  return { id, version, state: state as StoredDataKey['state'], rootKeyId, wrappedKey, createdAt };
}
