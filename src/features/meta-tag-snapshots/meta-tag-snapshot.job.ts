import { declareJob } from '../../platform/queue/job-declaration.js';

export interface MetaTagSnapshotOrder {
  readonly clientId: string;
  readonly maxPages: number;
}

export interface MetaTagSnapshotOutcome {
  readonly metaTagSnapshotId: string;
  readonly pages: number;
  readonly changed: number;
}

/** Reads the tags of a client's pages. A crawl ends after 20 minutes by itself. */
export const META_TAG_SNAPSHOT = declareJob<MetaTagSnapshotOrder, MetaTagSnapshotOutcome>({
  name: 'meta-tag-snapshot',
  access: 'MEMBER',
  attempts: 2,
  backoffSeconds: 10,
  timeoutSeconds: 1_800,
  topic: 'meta-tags',
});
