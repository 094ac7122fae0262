import { ApiProperty } from '@nestjs/swagger';
import { ChoiceField, EmailField, StringField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';
import { type Role, ROLES } from '../../tenancy/index.js';
import type { MembershipWithUser } from './membership.repository.js';

export class MemberListQuery extends listQuery(['email', 'createdAt']) {
  @ChoiceField(ROLES, { optional: true })
  role?: Role;
}

export class CreateMember {
  @EmailField()
  email!: string;
  @ChoiceField(ROLES)
  role!: Role;
  @StringField({ optional: true, max: 100 })
  firstName?: string;
  @StringField({ optional: true, max: 100 })
  lastName?: string;
}

export class UpdateMember {
  @ChoiceField(ROLES)
  role!: Role;
}

export class MemberAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ format: 'uuid' })
  userId!: string;
  @ApiProperty()
  email!: string;
  @ApiProperty()
  firstName!: string;
  @ApiProperty()
  lastName!: string;
  @ApiProperty({ enum: ROLES })
  role!: string;
  @ApiProperty({ type: String, nullable: true, format: 'uuid' })
  invitedById!: string | null;
  @ApiProperty()
  isActive!: boolean;
  @ApiProperty({ description: 'Also the ETag of the resource.' })
  version!: number;
  @ApiProperty()
  createdAt!: Date;
  @ApiProperty()
  updatedAt!: Date;

  static from(row: MembershipWithUser): MemberAnswer {
    const { id, userId, email, role, invitedById, isActive, version, createdAt, updatedAt, user } = row;
    return { id, userId, email, ...user, role, invitedById, isActive, version, createdAt, updatedAt };
  }
}
