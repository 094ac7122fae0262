import { Injectable } from '@nestjs/common';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { type Page, toKeyset, toPage } from '../../platform/http/pagination.js';
import { JobService } from '../../platform/queue/job.service.js';
import { AuditService } from '../audit/audit.service.js';
import { ClientSiteService } from '../site-pages/client-site.service.js';
import type { MetaTagSnapshotListQuery } from './meta-tag-snapshot.dto.js';
import { META_TAG_SNAPSHOT, type MetaTagSnapshotOrder, type MetaTagSnapshotOutcome } from './meta-tag-snapshot.job.js';
import { MetaTagSnapshotRepository } from './meta-tag-snapshot.repository.js';
import type { MetaTagSnapshotRow, MetaTagSnapshotSummary, SnapshotDetail } from './meta-tag-snapshot.types.js';
import { differ } from './page-tags.js';

/** What a job read, before it is stored. */
export interface ReadTags extends Pick<SnapshotDetail, 'pages' | 'end'> {
  readonly clientId: string;
  readonly websiteUrl: string;
}

/** Snapshots of what the pages of clients tell search engines. One has the id of the job that made it. */
@Injectable()
export class MetaTagSnapshotService {
  constructor(
    private readonly repository: MetaTagSnapshotRepository,
    private readonly sites: ClientSiteService,
    private readonly jobs: JobService,
    private readonly transactions: TransactionService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Queues a snapshot of a client's site and returns the job's id.
   * @throws CLIENT_NOT_FOUND, CLIENT_WITHOUT_WEBSITE
   */
  async requestLater(order: MetaTagSnapshotOrder): Promise<string> {
    await this.sites.require(order.clientId);
    return await this.transactions.run(async () => {
      const { id } = await this.jobs.queueLater(META_TAG_SNAPSHOT, order);
      await this.record('meta-tag-snapshot.requested', id, order.clientId, [`maxPages:${order.maxPages}`]);
      return id;
    });
  }

  /** Stores what a job read, with the difference to the snapshot before. Belongs into the job's completion. */
  async store(id: string, { clientId, websiteUrl, pages, end }: ReadTags): Promise<MetaTagSnapshotOutcome> {
    const previous = await this.repository.findLatest(clientId);
    const before = previous && (previous.detail as unknown as SnapshotDetail);
    const difference = before && differ(previous.id, before, { pages, end });
    const detail: SnapshotDetail = { pages, end, difference };
    const counts = {
      pages: pages.length,
      added: difference?.added.length ?? 0,
      removed: difference?.removed.length ?? 0,
      changed: difference?.changed.length ?? 0,
    };
    await this.repository.add({ id, clientId, websiteUrl, ...counts, detail: { ...detail } as object });
    await this.record('meta-tag-snapshot.completed', id, clientId, [`pages:${pages.length}`]);
    return { metaTagSnapshotId: id, pages: pages.length, changed: counts.changed };
  }

  async list(query: MetaTagSnapshotListQuery): Promise<Page<MetaTagSnapshotSummary>> {
    const { client: clientId } = query;
    const filter = clientId === undefined ? {} : { clientId };
    const page = toPage(await this.repository.list(filter, toKeyset(query)), query, (row) => row);
    await this.audit.record({
      ...{ action: 'meta-tag-snapshot.listed', entity: 'MetaTagSnapshot', clientId: clientId ?? null },
      fields: [`rows:${page.data.length}`],
    });
    return page;
  }

  /** @throws META_TAG_SNAPSHOT_NOT_FOUND */
  async get(id: string): Promise<MetaTagSnapshotRow> {
    const found = await this.repository.get(id);
    await this.record('meta-tag-snapshot.read', id, found.clientId);
    return found;
  }

  private async record(action: string, id: string, clientId: string, fields: readonly string[] = []): Promise<void> {
    await this.audit.record({ action, entity: 'MetaTagSnapshot', entityId: id, clientId, fields });
  }
}
