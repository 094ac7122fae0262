import { ApiProperty } from '@nestjs/swagger';
import { ChoiceField, StringField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';
import {
  type DirectoryEntry,
  isSubscriptionActive,
  SUBSCRIPTION_STATES,
  type SubscriptionState,
} from '../organizations/organization.types.js';

export class PlatformOrganizationQuery extends listQuery(['name', 'createdAt']) {
  @StringField({
    min: 10,
    max: 500,
    description: 'Why you look. It is on record before anything is read.',
    example: 'Ticket 4711: whose trial ends?',
  })
  reason!: string;
  @StringField({ optional: true, max: 120, description: 'A part of the name or of the slug.' })
  search?: string;
  @ChoiceField(SUBSCRIPTION_STATES, { optional: true })
  subscriptionState?: SubscriptionState;
}

export class PlatformOrganizationAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty()
  slug!: string;
  @ApiProperty()
  isActive!: boolean;
  @ApiProperty({ type: Date, nullable: true })
  deactivatedAt!: Date | null;
  @ApiProperty({ enum: SUBSCRIPTION_STATES })
  subscriptionState!: string;
  @ApiProperty()
  isSubscriptionActive!: boolean;
  @ApiProperty()
  createdAt!: Date;

  static from(row: DirectoryEntry): PlatformOrganizationAnswer {
    const { id, name, slug, isActive, deactivatedAt, subscriptionState, createdAt } = row;
    const isPaid = isSubscriptionActive(row);
    return { id, name, slug, isActive, deactivatedAt, subscriptionState, isSubscriptionActive: isPaid, createdAt };
  }
}
