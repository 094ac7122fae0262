import { ApiProperty } from '@nestjs/swagger';
import type { Client } from '../../generated/prisma/client.js';
import { JsonObjectField, StringField, UrlField, UrlListField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';

export class ClientListQuery extends listQuery(['name', 'createdAt']) {}

class ClientFields {
  @UrlField({ optional: true, nullable: true, example: 'https://www.example.com' })
  websiteUrl?: string | null;
  @StringField({ optional: true, nullable: true, max: 5_000 })
  businessObjectives?: string | null;
  @StringField({ optional: true, nullable: true, max: 5_000 })
  targetAudience?: string | null;
  @UrlListField({ optional: true, maxItems: 20, description: 'Sites of competitors: research reads there.' })
  competitors?: string[];
  @StringField({ optional: true, nullable: true, max: 100, description: 'Counts when the credential names none.' })
  googleAnalyticsPropertyId?: string | null;
  @StringField({ optional: true, nullable: true, max: 2_048, description: 'Counts when the credential names none.' })
  searchConsolePropertyUrl?: string | null;
  @JsonObjectField({ optional: true, nullable: true, description: 'Credential JSON of a former system. Write only.' })
  legacyCredentials?: Record<string, unknown> | null;
}

export class CreateClient extends ClientFields {
  @StringField({ max: 200, example: 'Example Ltd.' })
  name!: string;
}

export class UpdateClient extends ClientFields {
  @StringField({ optional: true, max: 200 })
  name?: string;
}

export class PutCredential {
  @StringField({ optional: true, max: 100, description: 'Google Analytics property.', example: '123456789' })
  propertyId?: string;
  @StringField({
    optional: true,
    max: 2_048,
    description: 'Search Console property.',
    example: 'sc-domain:example.com',
  })
  propertyUrl?: string;
  @JsonObjectField({
    description:
      'For a person: refreshToken, clientId and clientSecret. For a service account: the fields of its key file, or the ' +
      'file in serviceAccountKey. Write only: never returned.',
  })
  secrets!: Record<string, unknown>;
}

export class ClientAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty({ type: String, nullable: true })
  websiteUrl!: string | null;
  @ApiProperty({ type: String, nullable: true })
  businessObjectives!: string | null;
  @ApiProperty({ type: String, nullable: true })
  targetAudience!: string | null;
  @ApiProperty({ type: [String] })
  competitors!: string[];
  @ApiProperty()
  isActive!: boolean;
  @ApiProperty({ description: 'Also the ETag of the resource.' })
  version!: number;
  @ApiProperty()
  createdAt!: Date;
  @ApiProperty()
  updatedAt!: Date;

  static from(row: Client): ClientAnswer {
    const { id, name, websiteUrl, businessObjectives, targetAudience, competitors } = row;
    const { isActive, version, createdAt, updatedAt } = row;
    return {
      ...{ id, name, websiteUrl, businessObjectives, targetAudience, competitors },
      ...{ isActive, version, createdAt, updatedAt },
    };
  }
}
