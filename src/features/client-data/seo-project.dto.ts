import { ApiProperty } from '@nestjs/swagger';
import type { Keyword, SeoProject } from '../../generated/prisma/client.js';
import { StringField, UrlField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';

export class SeoProjectListQuery extends listQuery(['name', 'createdAt']) {}
export class KeywordListQuery extends listQuery(['term', 'createdAt'], 'term') {}

export class CreateSeoProject {
  @StringField({ max: 200 })
  name!: string;
  @StringField({ optional: true, nullable: true, max: 5_000 })
  description?: string | null;
}

export class UpdateSeoProject {
  @StringField({ optional: true, max: 200 })
  name?: string;
  @StringField({ optional: true, nullable: true, max: 5_000 })
  description?: string | null;
}

export class CreateKeyword {
  @StringField({ max: 200, example: 'hand-made shoes' })
  term!: string;
  @UrlField({ optional: true, nullable: true, description: 'Page that should be found by it.' })
  targetUrl?: string | null;
}

export class SeoProjectAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ format: 'uuid' })
  clientId!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty({ type: String, nullable: true })
  description!: string | null;
  @ApiProperty()
  isActive!: boolean;
  @ApiProperty({ description: 'Also the ETag of the resource.' })
  version!: number;
  @ApiProperty()
  createdAt!: Date;
  @ApiProperty()
  updatedAt!: Date;

  static from({
    id,
    clientId,
    name,
    description,
    isActive,
    version,
    createdAt,
    updatedAt,
  }: SeoProject): SeoProjectAnswer {
    return { id, clientId, name, description, isActive, version, createdAt, updatedAt };
  }
}

export class KeywordAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty()
  term!: string;
  @ApiProperty({ type: String, nullable: true })
  targetUrl!: string | null;
  @ApiProperty()
  isActive!: boolean;
  @ApiProperty()
  createdAt!: Date;

  static from({ id, term, targetUrl, isActive, createdAt }: Keyword): KeywordAnswer {
    return { id, term, targetUrl, isActive, createdAt };
  }
}
