import { ApiProperty } from '@nestjs/swagger';
import { CredentialHealth } from '../credentials/credential-health.types.js';
import type { ProviderSlug } from '../credentials/credential.types.js';
import type { ClientData } from './client-data.types.js';
import { ClientAnswer } from './client.dto.js';
import { KeywordAnswer, SeoProjectAnswer } from './seo-project.dto.js';

/** What is told of a credential: never the secret. */
export class CredentialAnswer {
  @ApiProperty({ enum: ['google-analytics', 'search-console'] })
  provider!: string;
  @ApiProperty({ type: String, nullable: true, required: false, description: 'Google Analytics only.' })
  propertyId?: string | null;
  @ApiProperty({ type: String, nullable: true, required: false, description: 'Search Console only.' })
  propertyUrl?: string | null;
  @ApiProperty({ description: 'Whether a secret is stored and can be read.' })
  isUsable!: boolean;
  @ApiProperty({ type: CredentialHealth })
  health!: CredentialHealth;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Changes when the secret changes, and tells nothing of it.',
  })
  fingerprint!: string | null;

  static from(data: ClientData, provider: ProviderSlug): CredentialAnswer {
    const credential = provider === 'google-analytics' ? data.googleAnalytics : data.searchConsole;
    const property =
      provider === 'google-analytics'
        ? { propertyId: data.googleAnalytics.getPropertyId() }
        : { propertyUrl: data.searchConsole.getPropertyUrl() };
    const { isUsable, health, fingerprint } = credential;
    return { provider, ...property, isUsable, health, fingerprint };
  }
}

export class SeoProjectWithKeywordsAnswer extends SeoProjectAnswer {
  @ApiProperty({ type: [KeywordAnswer] })
  keywords!: KeywordAnswer[];
}

export class ClientDataAnswer extends ClientAnswer {
  @ApiProperty({ type: CredentialAnswer })
  googleAnalytics!: CredentialAnswer;
  @ApiProperty({ type: CredentialAnswer })
  searchConsole!: CredentialAnswer;
  @ApiProperty({ type: [SeoProjectWithKeywordsAnswer] })
  seoProjects!: SeoProjectWithKeywordsAnswer[];
  @ApiProperty({ type: [String], description: 'Every targeted keyword of every project, once.' })
  targetedKeywords!: string[];

  static fromData(data: ClientData): ClientDataAnswer {
    return {
      ...ClientAnswer.from(data.client),
      googleAnalytics: CredentialAnswer.from(data, 'google-analytics'),
      searchConsole: CredentialAnswer.from(data, 'search-console'),
      seoProjects: data.seoProjects.map((project) => ({
        ...SeoProjectAnswer.from(project),
        keywords: project.keywords.map((keyword) => KeywordAnswer.from(keyword)),
      })),
      targetedKeywords: [...data.targetedKeywords],
    };
  }
}
