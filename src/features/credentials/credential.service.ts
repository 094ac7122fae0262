import { Injectable, Logger } from '@nestjs/common';
import { EnvelopeCipher } from '../../platform/crypto/envelope.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { GoogleAnalyticsCredential, SearchConsoleCredential } from './client-credential.types.js';
import { credentialMissing, credentialUnreadable } from './credential.errors.js';
import type { CredentialOwner, Provider, SecretPlace, StoredCredential } from './credential.types.js';

type Secrets = Readonly<Record<string, unknown>>;

/** The only code that encrypts and decrypts secrets of organizations. */
@Injectable()
export class CredentialService {
  private readonly logger = new Logger(CredentialService.name);

  constructor(
    private readonly cipher: EnvelopeCipher,
    private readonly contexts: OrganizationContextService,
  ) {}

  /** Encrypts a secret of the current organization for one place. */
  async seal(secret: object | string, place: SecretPlace): Promise<string> {
    return this.cipher.seal(JSON.stringify(secret), this.inOrganization(place));
  }

  /**
   * Decrypts a secret of the current organization.
   * @throws CREDENTIAL_UNREADABLE if it is another place's, was edited, or its key is not configured.
   */
  async open<Secret = Secrets>(envelope: string, place: SecretPlace): Promise<Secret> {
    try {
      return JSON.parse(this.cipher.open(envelope, this.inOrganization(place))) as Secret;
    } catch (error) {
      this.logger.error(`A secret of ${place.table}.${place.column} in row ${place.rowId} does not open.`);
      throw credentialUnreadable(error);
    }
  }

  /** Digests a secret, so that two of the current organization can be told apart: 12 hexadecimal digits. */
  async fingerprint(secret: object | string): Promise<string> {
    const { organizationId } = this.contexts.requireOrganization('CredentialService.fingerprint');
    return this.cipher.fingerprint(JSON.stringify(secret), organizationId);
  }

  /** Returns the row of a credential that is there. @throws CREDENTIAL_MISSING */
  requireStored<Row extends { isActive: boolean }>(row: Row | null, provider: string): Row {
    if (!row?.isActive) throw credentialMissing(provider);
    return row;
  }

  /** Makes the client's Google Analytics access of what is stored, with the fallbacks for what is not. */
  async googleAnalytics(
    client: CredentialOwner,
    stored: readonly StoredCredential[],
  ): Promise<GoogleAnalyticsCredential> {
    const own = find(stored, 'GOOGLE_ANALYTICS');
    return new GoogleAnalyticsCredential({
      stored: own,
      secrets: await this.readSecrets(own),
      column: client.googleAnalyticsPropertyId,
      legacy: await this.readLegacy(client),
    });
  }

  /** Makes the client's Search Console access of what is stored, with the fallbacks for what is not. */
  async searchConsole(client: CredentialOwner, stored: readonly StoredCredential[]): Promise<SearchConsoleCredential> {
    const own = find(stored, 'SEARCH_CONSOLE');
    return new SearchConsoleCredential({
      stored: own,
      secrets: await this.readSecrets(own),
      column: client.searchConsolePropertyUrl,
      legacy: await this.readLegacy(client),
    });
  }

  private async readSecrets(stored: StoredCredential | null): Promise<Secrets | Error | null> {
    if (!stored?.envelope) return null;
    const place = { table: 'client_credentials', column: 'envelope', rowId: stored.id };
    return await this.attempt(this.open(stored.envelope, place));
  }

  private async readLegacy({ id, legacyCredentialsEnvelope }: CredentialOwner): Promise<Secrets | null> {
    if (!legacyCredentialsEnvelope) return null;
    const place = { table: 'clients', column: 'legacy_credentials_envelope', rowId: id };
    const legacy = await this.attempt(this.open(legacyCredentialsEnvelope, place));
    return legacy instanceof Error ? null : legacy;
  }

  private async attempt(read: Promise<Secrets>): Promise<Secrets | Error> {
    try {
      return await read;
    } catch (error) {
      return error instanceof Error ? error : new Error('unreadable');
    }
  }

  private inOrganization(place: SecretPlace) {
    const { product, organizationId } = this.contexts.requireOrganization('CredentialService');
    return { ...place, product, organizationId };
  }
}

function find(stored: readonly StoredCredential[], provider: Provider): StoredCredential | null {
  return stored.find((credential) => credential.provider === provider) ?? null;
}
