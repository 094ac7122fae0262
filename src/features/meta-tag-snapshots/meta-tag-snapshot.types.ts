import type { MetaTagSnapshot } from '../../generated/prisma/client.js';
import type { CrawlEnd } from '../site-pages/site-page.types.js';

/** `title`, `canonical`, `hreflang:de`, or the name of a meta: `description`, `og:title`, `twitter:card`. */
export interface Tag {
  readonly name: string;
  readonly content: string;
}

export interface SnapshotPage {
  readonly url: string;
  readonly tags: readonly Tag[];
}

/** What one name stood for before and after; empty where it was not there. */
export interface TagChange {
  readonly name: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** What changed since the snapshot before of the same client. */
export interface SnapshotDifference {
  readonly previousId: string;
  readonly added: readonly string[];
  /** Only if the whole site was read: else a page may be there and not have been reached. */
  readonly removed: readonly string[];
  readonly changed: readonly { readonly url: string; readonly tags: readonly TagChange[] }[];
}

export interface SnapshotDetail {
  readonly pages: readonly SnapshotPage[];
  readonly end: CrawlEnd;
  readonly difference: SnapshotDifference | null;
}

export type MetaTagSnapshotRow = MetaTagSnapshot;
export type MetaTagSnapshotSummary = Omit<MetaTagSnapshot, 'detail'>;
