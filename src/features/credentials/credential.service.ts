import { Injectable, Logger } from '@nestjs/common';
import {
  type EnvelopePlace,
  fingerprintOf,
  openEnvelope,
  parseEnvelope,
  sealEnvelope,
} from '../../platform/crypto/envelope.js';
import { EnvelopeError } from '../../platform/crypto/envelope.error.js';
import { EnvelopeCipher } from '../../platform/crypto/envelope-cipher.js';
import type { OpenKey } from '../../platform/crypto/open-keys.js';
import { AppError } from '../../platform/errors/app-error.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { GoogleAnalyticsCredential, SearchConsoleCredential } from './client-credential.types.js';
import { credentialMissing, credentialUnreadable } from './credential.errors.js';
import type { CredentialOwner, Provider, SecretPlace, StoredCredential } from './credential.types.js';
import { DataKeyService } from './data-key.service.js';
import { isSealedColumn } from './sealed-columns.js';

type Secrets = Readonly<Record<string, unknown>>;

/** The only code that encrypts and decrypts secrets of organizations. */
@Injectable()
export class CredentialService {
  private readonly logger = new Logger(CredentialService.name);

  constructor(
    private readonly keys: DataKeyService,
    private readonly cipher: EnvelopeCipher,
    private readonly contexts: OrganizationContextService,
  ) {}

  /**
   * Encrypts a secret of the current organization for one place.
   * @remarks Call it inside the transaction that stores it: a rotation waits for those, and for nothing else.
   * @throws CREDENTIAL_KEYS_DESTROYED
   */
  async seal(secret: object | string, place: SecretPlace): Promise<string> {
    if (!isSealedColumn(place)) throw new Error(`${place.table}.${place.column} is not among SEALED_COLUMNS.`);
    const plaintext = JSON.stringify(secret);
    return sealUnder(await this.keys.openActive(), plaintext, this.inOrganization(place));
  }

  /**
   * Decrypts a secret of the current organization.
   * @throws CREDENTIAL_UNREADABLE if it is another place's, was edited, or its key is destroyed or not configured.
   */
  async open<Secret = Secrets>(envelope: string, place: SecretPlace): Promise<Secret> {
    try {
      return JSON.parse(await this.decrypt(envelope, this.inOrganization(place))) as Secret;
    } catch (error) {
      if (!(error instanceof EnvelopeError || error instanceof SyntaxError)) throw error;
      this.logger.error(`A secret of ${place.table}.${place.column} in row ${place.rowId} does not open.`);
      throw credentialUnreadable(error instanceof EnvelopeError ? error : new EnvelopeError('malformed'));
    }
  }

  /**
   * Encrypts again, under another of the organization's keys, what an envelope holds.
   * @returns null if the envelope does not open
   */
  async reseal(envelope: string, place: SecretPlace, keyId: string): Promise<string | null> {
    const own = this.inOrganization(place);
    try {
      const plaintext = await this.decrypt(envelope, own);
      return sealUnder(await this.keys.open(keyId), plaintext, own);
    } catch (error) {
      if (error instanceof EnvelopeError) return null;
      throw error;
    }
  }

  /** Digests a secret, so that two of the current organization can be told apart: 12 hexadecimal digits. */
  async fingerprint(secret: object | string): Promise<string> {
    return fingerprintOf(JSON.stringify(secret), (await this.keys.openActive()).fingerprint);
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

  /** A database that does not answer is not a secret that cannot be read. */
  private async attempt(read: Promise<Secrets>): Promise<Secrets | Error> {
    try {
      return await read;
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
  }

  private async decrypt(envelope: string, place: EnvelopePlace): Promise<string> {
    const parts = parseEnvelope(envelope);
    if (parts.version === 'v1') return this.cipher.open(envelope, place);
    const { encryption } = await this.keys.open(parts.keyId);
    return openEnvelope(parts, encryption, place);
  }

  private inOrganization(place: SecretPlace): EnvelopePlace {
    const { product, organizationId } = this.contexts.requireOrganization('CredentialService');
    return { ...place, product, organizationId };
  }
}

function sealUnder({ id, encryption }: OpenKey, plaintext: string, place: EnvelopePlace): string {
  return sealEnvelope({ version: 'v2', keyId: id }, encryption, plaintext, place);
}

function find(stored: readonly StoredCredential[], provider: Provider): StoredCredential | null {
  return stored.find((credential) => credential.provider === provider) ?? null;
}
