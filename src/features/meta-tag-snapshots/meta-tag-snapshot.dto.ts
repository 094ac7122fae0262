import { ApiProperty } from '@nestjs/swagger';
import { IntField, UuidField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';
import type { MetaTagSnapshotRow, MetaTagSnapshotSummary, SnapshotDetail } from './meta-tag-snapshot.types.js';

export const DEFAULT_PAGES = 100;

export class RequestMetaTagSnapshot {
  @UuidField()
  clientId!: string;
  @IntField({ optional: true, min: 1, max: 300, default: DEFAULT_PAGES, description: 'Pages that are read at most.' })
  maxPages?: number;
}

export class MetaTagSnapshotListQuery extends listQuery(['createdAt']) {
  @UuidField({ optional: true, description: 'Snapshots of this client only.' })
  client?: string;
}

export class MetaTagSnapshotSummaryAnswer {
  @ApiProperty({ format: 'uuid', description: 'Also the id of the job that made it.' })
  id!: string;
  @ApiProperty({ format: 'uuid' })
  clientId!: string;
  @ApiProperty({ format: 'uri' })
  websiteUrl!: string;
  @ApiProperty({ description: 'Pages that were read.' })
  pages!: number;
  @ApiProperty({ description: 'Pages that the snapshot before did not have.' })
  added!: number;
  @ApiProperty()
  removed!: number;
  @ApiProperty({ description: 'Pages with other tags than in the snapshot before.' })
  changed!: number;
  @ApiProperty()
  createdAt!: Date;

  static from(row: MetaTagSnapshotSummary): MetaTagSnapshotSummaryAnswer {
    const { id, clientId, websiteUrl, pages, added, removed, changed, createdAt } = row;
    return { id, clientId, websiteUrl, pages, added, removed, changed, createdAt };
  }
}

class TagAnswer {
  @ApiProperty({ example: 'og:title', description: '`title`, `canonical`, `hreflang:…` or the name of a meta.' })
  name!: string;
  @ApiProperty()
  content!: string;
}

class SnapshotPageAnswer {
  @ApiProperty()
  url!: string;
  @ApiProperty({ type: [TagAnswer] })
  tags!: readonly TagAnswer[];
}

class TagChangeAnswer {
  @ApiProperty({ example: 'description' })
  name!: string;
  @ApiProperty({ type: [String] })
  before!: readonly string[];
  @ApiProperty({ type: [String] })
  after!: readonly string[];
}

class ChangedPageAnswer {
  @ApiProperty()
  url!: string;
  @ApiProperty({ type: [TagChangeAnswer] })
  tags!: readonly TagChangeAnswer[];
}

class DifferenceAnswer {
  @ApiProperty({ format: 'uuid' })
  previousId!: string;
  @ApiProperty({ type: [String], description: 'Empty if the snapshot before did not reach the whole site.' })
  added!: readonly string[];
  @ApiProperty({ type: [String], description: 'Empty if this snapshot did not reach the whole site.' })
  removed!: readonly string[];
  @ApiProperty({ type: [ChangedPageAnswer] })
  changed!: readonly ChangedPageAnswer[];
}

export class MetaTagSnapshotAnswer extends MetaTagSnapshotSummaryAnswer {
  @ApiProperty({ example: 'COMPLETE', description: 'Whether the whole site was read, or which limit ended it.' })
  end!: string;
  @ApiProperty({ type: DifferenceAnswer, nullable: true, description: 'To the snapshot before, of the same client.' })
  difference!: DifferenceAnswer | null;
  @ApiProperty({ type: [SnapshotPageAnswer] })
  content!: readonly SnapshotPageAnswer[];

  static fromRow(row: MetaTagSnapshotRow): MetaTagSnapshotAnswer {
    const { end, difference, pages } = row.detail as unknown as SnapshotDetail;
    return { ...MetaTagSnapshotSummaryAnswer.from(row), end, difference, content: pages };
  }
}
