import { ApiProperty } from '@nestjs/swagger';
import type { Invitation } from '../../generated/prisma/client.js';
import { ChoiceField, EmailField, StringField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';
import { type Role, ROLES } from '../../tenancy/index.js';
import {
  type Acceptance,
  INVITATION_STATES,
  type InvitationState,
  type IssuedInvitation,
  stateOf,
} from './invitation.types.js';

export class InvitationListQuery extends listQuery(['email', 'createdAt']) {
  @ChoiceField(INVITATION_STATES, {
    optional: true,
    description: 'Default: pending ones and those that expired; with `includeInactive=true` all.',
  })
  state?: InvitationState;
}

export class CreateInvitation {
  @EmailField()
  email!: string;
  @ChoiceField(ROLES, { description: 'Not above your own.' })
  role!: Role;
}

export class AcceptInvitation {
  @StringField({ max: 200, description: 'From the mail.', example: 'inv_…' })
  token!: string;
  @StringField({
    optional: true,
    min: 10,
    max: 128,
    isExact: true,
    description: 'For a new account, as both names; leave all three out when you are logged in.',
  })
  password?: string;
  @StringField({ optional: true, max: 100 })
  firstName?: string;
  @StringField({ optional: true, max: 100 })
  lastName?: string;
}

export class InvitationAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty()
  email!: string;
  @ApiProperty({ enum: ROLES })
  role!: string;
  @ApiProperty({ enum: INVITATION_STATES })
  state!: string;
  @ApiProperty({ type: String, nullable: true, format: 'uuid' })
  invitedById!: string | null;
  @ApiProperty({ type: String, nullable: true, format: 'uuid' })
  acceptedById!: string | null;
  @ApiProperty()
  expiresAt!: Date;
  @ApiProperty({ description: 'Also the ETag of the resource.' })
  version!: number;
  @ApiProperty()
  createdAt!: Date;
  @ApiProperty()
  updatedAt!: Date;

  static from(row: Invitation): InvitationAnswer {
    const { id, email, role, invitedById, acceptedById, expiresAt, version, createdAt, updatedAt } = row;
    const facts = { id, email, role, invitedById, acceptedById, expiresAt, version, createdAt, updatedAt };
    return { ...facts, state: stateOf(row) };
  }
}

export class IssuedInvitationAnswer extends InvitationAnswer {
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Null where mail is configured: the token is in the mail. Else hand it over yourself.',
  })
  token!: string | null;

  static of({ invitation, token }: IssuedInvitation): IssuedInvitationAnswer {
    return { ...InvitationAnswer.from(invitation), token };
  }
}

class JoinedOrganizationAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty()
  slug!: string;
  @ApiProperty()
  name!: string;
}

export class AcceptanceAnswer implements Acceptance {
  @ApiProperty({ type: JoinedOrganizationAnswer })
  organization!: JoinedOrganizationAnswer;
  @ApiProperty({ format: 'uuid' })
  membershipId!: string;
  @ApiProperty({ format: 'uuid' })
  userId!: string;
  @ApiProperty({ description: 'Log in with this address; accepting does not log in.' })
  email!: string;
  @ApiProperty({ enum: ROLES })
  role!: Role;
}
