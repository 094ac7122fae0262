import type { GoogleAnalyticsCredential, SearchConsoleCredential } from '../credentials/client-credential.types.js';
import type { Provider } from '../credentials/credential.types.js';
import type { Client, ClientCredential, Keyword, SeoProject } from '../../generated/prisma/client.js';

/** A client together with everything that belongs to it, active parts only. */
export type ClientWithParts = Client & {
  readonly credentials: ClientCredential[];
  readonly seoProjects: (SeoProject & { readonly keywords: Keyword[] })[];
};

/** All that the organization knows of a client (S0-6 to S0-10). Its credentials' accessors are synchronous. */
export interface ClientData {
  readonly client: Client;
  readonly googleAnalytics: GoogleAnalyticsCredential;
  readonly searchConsole: SearchConsoleCredential;
  readonly seoProjects: ClientWithParts['seoProjects'];
  /** Every targeted keyword of every project, once. */
  readonly targetedKeywords: readonly string[];
}

/** What of a client's data can be asked for besides its basic fields. */
export type ClientDataField = Exclude<keyof ClientData, 'client'>;

/** What of a client is loaded. */
export interface ClientParts {
  readonly providers: readonly Provider[];
  readonly hasProjects: boolean;
}

/** For whom client data is read, when it is not the context's organization. */
export interface ClientAccessOptions {
  /** Must be the context's organization, unless the actor may cross organizations; then the crossing is recorded. */
  readonly organizationId?: string;
}

/** Which client data is read, and for whom. */
export interface ClientDataOptions<Field extends ClientDataField = ClientDataField> extends ClientAccessOptions {
  /** Nothing else is loaded, decrypted or put on record as touched; everything by default. */
  readonly fields?: readonly Field[];
}
