import { ApiProperty } from '@nestjs/swagger';
import type { FacebookPage } from '../../generated/prisma/client.js';
import {
  ChoiceField,
  JsonObjectField,
  NestedField,
  StringField,
  UrlField,
  UuidField,
} from '../../platform/http/fields.js';
import { listQuery, pageOf } from '../../platform/http/pagination.js';
import { CredentialHealth } from '../credentials/credential-health.types.js';
import { INTEGRATION_TYPES, type IntegrationType, type IntegrationWithDetails, isInUse } from './integration.types.js';

type JsonObject = Record<string, unknown>;

const MAX_TOKEN_LENGTH = 4_096;
const SETTINGS = { description: 'Shown to every member.', example: { auto_reply: true, webhook_enabled: false } };
const CONFIG = {
  optional: true,
  description:
    'Settings and secrets in one object, as former systems keep them. Plain values become settings; values with the name ' +
    'of a secret, objects and lists become secrets. Write only: never returned.',
  example: { auto_reply: true, webhook_enabled: false },
};
const TOKEN = {
  optional: true,
  nullable: true,
  max: MAX_TOKEN_LENGTH,
  isExact: true,
  description: 'Write only: never returned.',
};

export class BusinessIntegrationListQuery extends listQuery(['name', 'createdAt']) {
  @ChoiceField(INTEGRATION_TYPES, { optional: true })
  type?: IntegrationType;
  @ChoiceField(['true', 'false'], {
    optional: true,
    description:
      'true: those in use; false: those that are deactivated, or whose business is. Wins over includeInactive.',
  })
  active?: 'true' | 'false';
}

export class IntegrationListQuery extends BusinessIntegrationListQuery {
  @UuidField({ optional: true })
  businessId?: string;
}

class FacebookPageFields {
  @StringField({ optional: true, nullable: true, max: 200, example: 'Shopping & Retail' })
  pageCategory?: string | null;
  @UrlField({ optional: true, nullable: true, example: 'https://www.facebook.com/acme' })
  pageUrl?: string | null;
  @StringField(TOKEN)
  accessToken?: string | null;
  @StringField(TOKEN)
  pageAccessToken?: string | null;
}

export class CreateFacebookPage extends FacebookPageFields {
  @StringField({ max: 100, example: '123456789012345' })
  pageId!: string;
  @StringField({ max: 200, example: 'Acme Store' })
  pageName!: string;
}

export class UpdateFacebookPage extends FacebookPageFields {
  @StringField({ optional: true, max: 100 })
  pageId?: string;
  @StringField({ optional: true, max: 200 })
  pageName?: string;
}

export class CreateIntegration {
  @UuidField()
  businessId!: string;
  @ChoiceField(INTEGRATION_TYPES)
  type!: IntegrationType;
  @StringField({ max: 120, example: 'Acme on Facebook' })
  name!: string;
  @JsonObjectField({ ...SETTINGS, optional: true })
  settings?: JsonObject;
  @JsonObjectField({ optional: true, description: 'Kept encrypted. Write only: never returned.' })
  secrets?: JsonObject;
  @JsonObjectField(CONFIG)
  config?: JsonObject;
  @NestedField(() => CreateFacebookPage, { description: 'Required for the type FACEBOOK_PAGE.' })
  facebookPage!: CreateFacebookPage;
}

export class UpdateIntegration {
  @StringField({ optional: true, max: 120 })
  name?: string;
  @JsonObjectField({ ...SETTINGS, optional: true, description: 'Replaces all settings.' })
  settings?: JsonObject;
  @JsonObjectField({
    optional: true,
    nullable: true,
    description: 'Replaces all secrets; null removes them. Write only: never returned.',
  })
  secrets?: JsonObject | null;
  @JsonObjectField({ ...CONFIG, description: `${CONFIG.description} It replaces all of a kind that it holds any of.` })
  config?: JsonObject;
  @NestedField(() => UpdateFacebookPage, { optional: true, description: 'Fields that are left out stay as they are.' })
  facebookPage?: UpdateFacebookPage;
}

export class FacebookPageAnswer {
  @ApiProperty()
  pageId!: string;
  @ApiProperty()
  pageName!: string;
  @ApiProperty({ type: String, nullable: true })
  pageCategory!: string | null;
  @ApiProperty({ type: String, nullable: true })
  pageUrl!: string | null;
  @ApiProperty()
  hasAccessToken!: boolean;
  @ApiProperty()
  hasPageAccessToken!: boolean;

  static from(page: FacebookPage): FacebookPageAnswer {
    const { pageId, pageName, pageCategory, pageUrl } = page;
    const hasAccessToken = page.accessTokenEnvelope !== null;
    const hasPageAccessToken = page.pageAccessTokenEnvelope !== null;
    return { pageId, pageName, pageCategory, pageUrl, hasAccessToken, hasPageAccessToken };
  }
}

export class IntegrationAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ format: 'uuid' })
  businessId!: string;
  @ApiProperty({ enum: INTEGRATION_TYPES })
  type!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty({ type: 'object', additionalProperties: true })
  settings!: unknown;
  @ApiProperty()
  hasSecrets!: boolean;
  @ApiProperty({ type: FacebookPageAnswer, nullable: true })
  facebookPage!: FacebookPageAnswer | null;
  @ApiProperty({ type: CredentialHealth })
  health!: CredentialHealth;
  @ApiProperty({ description: 'Also false while its business is deactivated.' })
  isActive!: boolean;
  @ApiProperty({ description: 'Also the ETag of the resource.' })
  version!: number;
  @ApiProperty()
  createdAt!: Date;
  @ApiProperty()
  updatedAt!: Date;

  static from(row: IntegrationWithDetails): IntegrationAnswer {
    const { id, businessId, type, name, settings, version, createdAt, updatedAt } = row;
    return {
      id,
      businessId,
      type,
      name,
      settings,
      hasSecrets: row.secretsEnvelope !== null,
      facebookPage: row.facebookPage && FacebookPageAnswer.from(row.facebookPage),
      health: CredentialHealth.from(row),
      isActive: isInUse(row),
      version,
      createdAt,
      updatedAt,
    };
  }
}

/** One class for all lists: two of the same name would be two schemas of one name in OpenAPI. */
export const IntegrationAnswerPage = pageOf(IntegrationAnswer);
