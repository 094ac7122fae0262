import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayUnique, IsIn, IsOptional } from 'class-validator';
import type { Organization } from '../../generated/prisma/client.js';
import { EmailField, SlugField, StringField, UuidField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';
import { type Role, ROLES } from '../../tenancy/index.js';
import { isSubscriptionActive, type OrganizationView, SUBSCRIPTION_STATES } from './organization.types.js';

const ROLE_NAMES = ROLES.map((role) => role.toLowerCase());

export class OrganizationListQuery extends listQuery(['name', 'createdAt']) {
  @ApiProperty({
    required: false,
    type: String,
    example: 'owner,admin',
    description: 'Only those in which you have one of these roles.',
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase().split(',') : value))
  @IsIn(ROLE_NAMES, { each: true, message: `must be a list of ${ROLE_NAMES.join(', ')}` })
  @ArrayUnique({ message: 'must not name a role twice' })
  role?: string[];
}

export class CreateOrganization {
  @StringField({ max: 120, example: 'Acme' })
  name!: string;
  @SlugField({ optional: true, description: 'Derived from the name and made unique when left out.' })
  slug?: string;
  @EmailField({ optional: true })
  email?: string;
}

export class UpdateOrganization {
  @StringField({ optional: true, max: 120 })
  name?: string;
  @SlugField({ optional: true })
  slug?: string;
  @EmailField({ optional: true, nullable: true })
  email?: string | null;
}

export class TransferOwnership {
  @UuidField({ description: 'The user who becomes the owner; an active member.' })
  userId!: string;
}

export class RestoreOrganization {
  @UuidField({ description: 'The deactivated organization; the header cannot name it any more.' })
  organizationId!: string;
}

export class OrganizationAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty()
  slug!: string;
  @ApiProperty({ type: String, nullable: true })
  email!: string | null;
  @ApiProperty({ format: 'uuid' })
  ownerId!: string;
  @ApiProperty({ type: 'object', additionalProperties: true })
  features!: unknown;
  @ApiProperty({ enum: SUBSCRIPTION_STATES })
  subscriptionState!: string;
  @ApiProperty()
  isSubscriptionActive!: boolean;
  @ApiProperty()
  isActive!: boolean;
  @ApiProperty({ description: 'Also the ETag of the resource.' })
  version!: number;
  @ApiProperty()
  createdAt!: Date;
  @ApiProperty()
  updatedAt!: Date;

  static from(row: Organization | OrganizationView): OrganizationAnswer {
    const { id, name, slug, email, ownerId, features, subscriptionState, isActive, version, createdAt, updatedAt } =
      row;
    const facts = {
      id,
      name,
      slug,
      email,
      ownerId,
      features,
      subscriptionState,
      isActive,
      version,
      createdAt,
      updatedAt,
    };
    return { ...facts, isSubscriptionActive: isSubscriptionActive(row) };
  }
}

export class OwnOrganizationAnswer extends OrganizationAnswer {
  @ApiProperty({ enum: ROLES, description: 'Your role in it.' })
  role!: Role;

  static override from(row: OrganizationView & { role: Role }): OwnOrganizationAnswer {
    return { ...OrganizationAnswer.from(row), role: row.role };
  }
}
