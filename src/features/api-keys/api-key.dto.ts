import { ApiProperty } from '@nestjs/swagger';
import type { ApiKey } from '../../generated/prisma/client.js';
import { ChoiceField, IntField, KeyScopesField, StringField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';

/** No key is an owner. */
export const KEY_ROLES = ['MEMBER', 'ADMIN'] as const;
export type KeyRole = (typeof KEY_ROLES)[number];
export const DEFAULT_LIFETIME_DAYS = 90;
const MAX_LIFETIME_DAYS = 365;
export const DEFAULT_GRACE_SECONDS = 24 * 60 * 60;
const MAX_GRACE_SECONDS = 7 * DEFAULT_GRACE_SECONDS;

export class ApiKeyListQuery extends listQuery(['name', 'createdAt']) {}

export class CreateApiKey {
  @StringField({ max: 100, example: 'Nightly report' })
  name!: string;
  @KeyScopesField({ maxItems: 100, description: 'What it may do. `write` does not include `read`.' })
  scopes!: string[];
  @ChoiceField(KEY_ROLES, { optional: true, description: 'Default: MEMBER. It never may more than you may.' })
  role?: KeyRole;
  @IntField({ optional: true, min: 1, max: MAX_LIFETIME_DAYS, default: DEFAULT_LIFETIME_DAYS })
  expiresInDays?: number;
}

export class RotateApiKey {
  @IntField({
    optional: true,
    min: 0,
    max: MAX_GRACE_SECONDS,
    default: DEFAULT_GRACE_SECONDS,
    description: 'For how long the secret of before works beside the new one; never beyond its own expiry.',
  })
  graceSeconds?: number;
  @IntField({
    optional: true,
    min: 1,
    max: MAX_LIFETIME_DAYS,
    default: DEFAULT_LIFETIME_DAYS,
    description: 'Until the new secret expires.',
  })
  expiresInDays?: number;
}

export class ApiKeyAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty({ description: 'How the key begins, to recognize it by.', example: 'bk_bestays_02fK8sQx1L' })
  prefix!: string;
  @ApiProperty({ enum: KEY_ROLES })
  role!: string;
  @ApiProperty({ type: [String], example: ['clients:read'] })
  scopes!: string[];
  @ApiProperty({
    format: 'uuid',
    description: 'Whose key it is: it never may more than this member may at the moment.',
  })
  createdById!: string;
  @ApiProperty()
  expiresAt!: Date;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'To about a minute.' })
  lastUsedAt!: Date | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  rotatedAt!: Date | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Until when the secret of before works.',
  })
  previousExpiresAt!: Date | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  revokedAt!: Date | null;
  @ApiProperty({ description: 'Also the ETag of the resource.' })
  version!: number;
  @ApiProperty()
  createdAt!: Date;
  @ApiProperty()
  updatedAt!: Date;

  static from(row: ApiKey): ApiKeyAnswer {
    const { id, name, prefix, role, scopes, createdById, expiresAt, lastUsedAt, rotatedAt, previousExpiresAt } = row;
    const { revokedAt, version, createdAt, updatedAt } = row;
    const times = { expiresAt, lastUsedAt, rotatedAt, previousExpiresAt, revokedAt, createdAt, updatedAt };
    return { id, name, prefix, role, scopes, createdById, version, ...times };
  }
}

export class IssuedApiKeyAnswer extends ApiKeyAnswer {
  @ApiProperty({ description: 'The key itself. Shown this once: only a hash of it is kept.' })
  key!: string;

  static override from(row: ApiKey & { readonly key: string }): IssuedApiKeyAnswer {
    return { ...ApiKeyAnswer.from(row), key: row.key };
  }
}
