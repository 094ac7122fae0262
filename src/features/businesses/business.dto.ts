import { ApiProperty } from '@nestjs/swagger';
import type { Business } from '../../generated/prisma/client.js';
import { SlugField, StringField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';

export class BusinessListQuery extends listQuery(['name', 'createdAt']) {}

export class CreateBusiness {
  @StringField({ max: 120, example: 'E-commerce Store' })
  name!: string;
  @SlugField({ optional: true, description: 'Derived from the name and made unique when left out.' })
  slug?: string;
  @StringField({ optional: true, nullable: true, max: 2_000 })
  description?: string | null;
}

export class UpdateBusiness {
  @StringField({ optional: true, max: 120 })
  name?: string;
  @SlugField({ optional: true })
  slug?: string;
  @StringField({ optional: true, nullable: true, max: 2_000 })
  description?: string | null;
}

export class BusinessAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty()
  slug!: string;
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

  static from({ id, name, slug, description, isActive, version, createdAt, updatedAt }: Business): BusinessAnswer {
    return { id, name, slug, description, isActive, version, createdAt, updatedAt };
  }
}
