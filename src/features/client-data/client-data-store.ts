import { Injectable } from '@nestjs/common';
import { CacheKey } from '../../platform/cache/cache-key.js';
import { CacheService } from '../../platform/cache/cache.service.js';
import type { StampedText } from '../../platform/cache/shared-store.js';
import type { CacheAnswer, Load, VersionedCache } from '../../platform/cache/versioned-cache.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { isUuid, OrganizationContextService } from '../../tenancy/index.js';
import { ClientDataRepository } from './client-data.repository.js';
import { copyClient, readClient } from './client-data.format.js';
import type { ClientParts, ClientWithParts } from './client-data.types.js';
import { ClientRepository } from './client.repository.js';

/** A client as it was found, and whether the database was asked for it. */
export interface FoundClient {
  readonly client: ClientWithParts | null;
  readonly isCached: boolean;
}

const KIND = 'client-data';
const NOTHING: FoundClient = { client: null, isCached: false };

/** Where a client's data comes from: kept copies that are still right, else the database. Its secrets stay sealed here. */
@Injectable()
export class ClientDataStore {
  private readonly cache: VersionedCache<ClientWithParts>;

  constructor(
    caches: CacheService,
    private readonly repository: ClientDataRepository,
    private readonly clients: ClientRepository,
    private readonly transactions: TransactionService,
    private readonly contexts: OrganizationContextService,
  ) {
    this.cache = caches.open({ kind: KIND, channel: 'client_changed', parse: readClient, copy: copyClient });
  }

  /** Returns an active client of the current organization with the parts that were asked for. */
  async find(id: string, parts: ClientParts): Promise<FoundClient> {
    if (!isUuid(id) || this.transactions.isOpen()) return (await this.findMany([id], parts))[0] ?? NOTHING;
    const key = this.keyOf(id, parts);
    return toFound(await this.cache.read(key, this.loadOf([id], [key], parts)));
  }

  /** The same for many, in their order: one statement for all that are not kept. */
  async findMany(ids: readonly string[], parts: ClientParts): Promise<FoundClient[]> {
    const known = ids.filter(isUuid);
    const found = this.transactions.isOpen()
      ? await this.findInTransaction(known, parts)
      : await this.findCached(known, parts);
    return ids.map((id) => found.get(id) ?? NOTHING);
  }

  /** Makes a change of a client's data one transaction, after which this process reads the client anew. */
  async change<T>(id: string, work: () => Promise<T>): Promise<T> {
    const subject = CacheKey.subjectOf(this.contexts.requireOrganization('A change of client data'), KIND, id);
    return await this.transactions.run(async () => {
      this.transactions.afterEnd(() => this.cache.forget(subject));
      return await work();
    });
  }

  private async findCached(ids: readonly string[], parts: ClientParts): Promise<Map<string, FoundClient>> {
    const keys = ids.map((id) => this.keyOf(id, parts));
    const answers = await this.cache.readMany(keys, this.loadOf(ids, keys, parts));
    return new Map(answers.map((answer, index) => [ids[index] as string, toFound(answer)]));
  }

  /** Sees what its own transaction changed, which nobody else may see yet: so nothing of it is kept. */
  private async findInTransaction(
    ids: readonly string[],
    { providers, hasProjects }: ClientParts,
  ): Promise<Map<string, FoundClient>> {
    const rows = await this.clients.listWithParts(ids, providers);
    const clients = rows.map((row) => (hasProjects ? row : { ...row, seoProjects: [] }));
    return new Map(clients.map((client) => [client.id, { client, isCached: false }]));
  }

  private loadOf(ids: readonly string[], keys: readonly CacheKey[], parts: ClientParts): Load {
    return async (missing) => {
      const wanted = missing.map((key) => ids[keys.indexOf(key)] as string);
      const rows = await this.repository.load(wanted, parts);
      return wanted.map((id): StampedText | null => rows.get(id) ?? null);
    };
  }

  private keyOf(id: string, { providers, hasProjects }: ClientParts): CacheKey {
    const owner = this.contexts.requireOrganization('Client data');
    return CacheKey.of(owner, KIND, id, [...providers, ...(hasProjects ? ['projects'] : [])].join('+') || 'basics');
  }
}

function toFound({ value, result }: CacheAnswer<ClientWithParts>): FoundClient {
  return { client: value, isCached: result !== 'miss' };
}
