import { ApiProperty } from '@nestjs/swagger';
import type { SupportSession } from '../../generated/prisma/client.js';
import { BooleanField, IntField, StringField, UuidField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';
import { APPROVALS, isLive, MAX_MINUTES } from './support.types.js';

export class SupportSessionListQuery extends listQuery(['createdAt']) {}

export class OpenSupportSession {
  @UuidField()
  organizationId!: string;
  @StringField({
    min: 10,
    max: 500,
    description: 'Shown to the organization.',
    example: 'Ticket 4711: no data since Monday',
  })
  reason!: string;
  @IntField({ min: 5, max: MAX_MINUTES, optional: true, description: 'How long. Default: 60.' })
  minutes?: number;
  @BooleanField({ optional: true, description: 'Default: true.' })
  isReadOnly?: boolean;
}

export class SupportApprovalRequirement {
  @BooleanField({ description: 'Whether support may come in only after an owner agreed.' })
  isRequired!: boolean;
}

export class SupportSessionAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ format: 'uuid' })
  organizationId!: string;
  @ApiProperty({ format: 'uuid', description: 'The person of the platform.' })
  userId!: string;
  @ApiProperty()
  userEmail!: string;
  @ApiProperty()
  reason!: string;
  @ApiProperty()
  isReadOnly!: boolean;
  @ApiProperty({ enum: APPROVALS })
  approval!: string;
  @ApiProperty({ description: 'Whether it opens the organization now.' })
  isLive!: boolean;
  @ApiProperty()
  expiresAt!: Date;
  @ApiProperty({ type: Date, nullable: true })
  endedAt!: Date | null;
  @ApiProperty()
  createdAt!: Date;

  static from(row: SupportSession): SupportSessionAnswer {
    const { id, organizationId, userId, userEmail, reason, isReadOnly, approval, expiresAt, endedAt, createdAt } = row;
    const facts = { id, organizationId, userId, userEmail, reason, isReadOnly, approval };
    return { ...facts, isLive: isLive(row), expiresAt, endedAt, createdAt };
  }
}
