import { ApiProperty } from '@nestjs/swagger';
import { EmailField, StringField, UuidField } from '../../platform/http/fields.js';
import { type Role, ROLES } from '../../tenancy/index.js';
import type { User } from '../users/user.types.js';
import type { Login, LoginOrganization } from './auth.types.js';

/** What a new password must be, besides not easy to guess (users/password-rules.ts). */
export const PASSWORD_RULES = {
  min: 10,
  max: 128,
  isExact: true,
  description: 'Any characters; length counts. Not the e-mail address, and not one of the most common. Never returned.',
  example: 'correct horse battery',
} as const;

export class Register {
  @EmailField()
  email!: string;
  @StringField(PASSWORD_RULES)
  password!: string;
  @StringField({ max: 100 })
  firstName!: string;
  @StringField({ max: 100 })
  lastName!: string;
  @StringField({ optional: true, max: 120, description: 'Also creates this organization, which you own.' })
  organizationName?: string;
}

export class LoginRequest {
  @EmailField()
  email!: string;
  @StringField({ min: 1, max: 128, isExact: true })
  password!: string;
}

export class RefreshRequest {
  @StringField({ min: 20, max: 200 })
  refreshToken!: string;
}

export class SwitchOrganization {
  @UuidField()
  organizationId!: string;
}

export class UserAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty()
  email!: string;
  @ApiProperty()
  firstName!: string;
  @ApiProperty()
  lastName!: string;
  @ApiProperty({ enum: ['USER', 'SUPERUSER', 'SYSTEM'] })
  platformRole!: string;
  @ApiProperty({ type: String, nullable: true, format: 'uuid' })
  homeOrganizationId!: string | null;
  @ApiProperty()
  createdAt!: Date;

  static from(user: User): UserAnswer {
    const { id, email, firstName, lastName, platformRole, homeOrganizationId, createdAt } = user;
    return { id, email, firstName, lastName, platformRole, homeOrganizationId, createdAt };
  }
}

export class LoginOrganizationAnswer implements LoginOrganization {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty()
  slug!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty({ enum: ROLES })
  role!: Role;
}

export class MeAnswer {
  @ApiProperty({ type: UserAnswer })
  user!: UserAnswer;
  @ApiProperty({ type: [LoginOrganizationAnswer] })
  organizations!: LoginOrganizationAnswer[];
  @ApiProperty({ type: String, nullable: true, format: 'uuid' })
  activeOrganizationId!: string | null;

  static from({
    user,
    organizations,
    activeOrganizationId,
  }: Pick<Login, 'user' | 'organizations' | 'activeOrganizationId'>): MeAnswer {
    return { user: UserAnswer.from(user), organizations: [...organizations], activeOrganizationId };
  }
}

export class LoginAnswer extends MeAnswer {
  @ApiProperty({ description: 'Send it as `Authorization: Bearer …`.' })
  accessToken!: string;
  @ApiProperty({ description: 'Works once; each use gives a new one.' })
  refreshToken!: string;
  @ApiProperty({ description: 'Seconds until the access token expires.', example: 900 })
  expiresIn!: number;

  static override from(login: Login): LoginAnswer {
    const { accessToken, refreshToken, expiresIn } = login;
    return { accessToken, refreshToken, expiresIn, ...MeAnswer.from(login) };
  }
}

export class SwitchAnswer {
  @ApiProperty({ format: 'uuid' })
  activeOrganizationId!: string;
}
