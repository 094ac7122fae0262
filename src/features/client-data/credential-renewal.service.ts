import { Injectable } from '@nestjs/common';
import { CredentialService } from '../credentials/credential.service.js';
import { type Provider, type ProviderSlug, PROVIDERS } from '../credentials/credential.types.js';
import {
  type Lease,
  readableOrNull,
  type RenewableSecret,
  type RenewalChange,
  type RenewalStore,
  toKnownHealth,
  toRenewalColumns,
} from '../credentials/renewal.types.js';
import { ClientService } from './client.service.js';
import { CredentialRenewalRepository, type CredentialWithClient } from './credential-renewal.repository.js';

/** What renewals and health checks read and write of clients' credentials. They put it on record themselves. */
@Injectable()
export class CredentialRenewalService implements RenewalStore {
  readonly entity = 'ClientCredential';

  constructor(
    private readonly repository: CredentialRenewalRepository,
    private readonly clients: ClientService,
    private readonly credentials: CredentialService,
  ) {}

  /** Returns the id of a client's credential. @throws CLIENT_NOT_FOUND, CREDENTIAL_MISSING */
  async requireId(clientId: string, provider: ProviderSlug): Promise<string> {
    await this.clients.requireClient(clientId, true);
    const row = await this.repository.findOf(clientId, PROVIDERS[provider]);
    return this.credentials.requireStored(row, provider).id;
  }

  async load(id: string): Promise<RenewableSecret | null> {
    const row = await this.repository.find(id);
    if (!row?.envelope) return null;
    const credential =
      row.provider === PROVIDERS['google-analytics']
        ? await this.credentials.googleAnalytics(row.client, [row])
        : await this.credentials.searchConsole(row.client, [row]);
    return {
      ...toSecret(row),
      secrets: await readableOrNull(() => credential.requireSecrets()),
      property: 'getPropertyId' in credential ? credential.getPropertyId() : credential.getPropertyUrl(),
    };
  }

  /** @throws CREDENTIAL_MISSING */
  async require(id: string): Promise<RenewableSecret> {
    const secret = await this.load(id);
    return secret ?? this.credentials.requireStored<never>(null, 'this provider');
  }

  async lease({ id, version }: RenewableSecret, lease: Lease): Promise<boolean> {
    return await this.repository.lease(id, version, lease);
  }

  async release(id: string, leaseId: string): Promise<void> {
    await this.repository.release(id, leaseId);
  }

  async save(secret: RenewableSecret, leaseId: string, change: RenewalChange): Promise<boolean> {
    const data = { ...toRenewalColumns(change), ...(await this.toColumns(secret, change)) };
    return await this.repository.save(secret.id, { version: secret.version, leaseId }, data);
  }

  async listDue(notCheckedSince: Date, after: string | null): Promise<string[]> {
    return await this.repository.listDue(notCheckedSince, after);
  }

  /** An access token comes and goes; it is another secret when what it is got with is another. */
  private async toColumns({ id, secrets: former }: RenewableSecret, { secrets }: RenewalChange) {
    if (!secrets) return {};
    const place = { table: 'client_credentials', column: 'envelope', rowId: id };
    return {
      envelope: await this.credentials.seal(secrets, place),
      ...(secrets['refreshToken'] !== former?.['refreshToken'] && {
        fingerprint: await this.credentials.fingerprint(secrets),
      }),
    };
  }
}

function toSecret(row: CredentialWithClient) {
  const { id, clientId, version, leaseId, renewedAt } = row;
  return { id, clientId, version, leaseId, renewedAt, provider: row.provider as Provider, health: toKnownHealth(row) };
}
