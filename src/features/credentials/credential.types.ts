/** Analytics services that a client gives access to, as they stand in routes and in the database. */
export const PROVIDERS = { 'google-analytics': 'GOOGLE_ANALYTICS', 'search-console': 'SEARCH_CONSOLE' } as const;
export type ProviderSlug = keyof typeof PROVIDERS;
export type Provider = (typeof PROVIDERS)[ProviderSlug];

/** Where a secret is stored; its envelope opens there only. */
export interface SecretPlace {
  readonly table: string;
  readonly column: string;
  readonly rowId: string;
}

/** The row of a client's credential, as far as it matters here. */
export interface StoredCredential {
  readonly id: string;
  readonly provider: string;
  readonly envelope: string | null;
  readonly fingerprint: string | null;
  readonly healthState: string;
  readonly healthCheckedAt: Date | null;
  readonly healthEvidence?: string | null;
  readonly healthExpiresAt?: Date | null;
}

/** Where a property id or URL may stand besides the credential itself. */
export interface CredentialOwner {
  readonly id: string;
  readonly googleAnalyticsPropertyId: string | null;
  readonly searchConsolePropertyUrl: string | null;
  readonly legacyCredentialsEnvelope: string | null;
}
