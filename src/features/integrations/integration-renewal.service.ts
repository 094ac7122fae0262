import { Injectable } from '@nestjs/common';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { resourceNotFound } from '../../platform/errors/general.errors.js';
import { CredentialService } from '../credentials/credential.service.js';
import {
  type Lease,
  readableOrNull,
  type RenewableSecret,
  type RenewalChange,
  type RenewalStore,
  type Secrets,
  toKnownHealth,
  toRenewalColumns,
} from '../credentials/renewal.types.js';
import { IntegrationRenewalRepository, type IntegrationWithPage } from './integration-renewal.repository.js';

/** A page's tokens lie apart from the integration's other secrets: field of the secret, and the page's two names for it. */
const TOKENS = [
  { field: 'accessToken', property: 'accessTokenEnvelope', column: 'access_token_envelope' },
  { field: 'pageAccessToken', property: 'pageAccessTokenEnvelope', column: 'page_access_token_envelope' },
] as const;

/** What renewals and health checks read and write of integrations. They put it on record themselves. */
@Injectable()
export class IntegrationRenewalService implements RenewalStore {
  readonly entity = 'Integration';

  constructor(
    private readonly repository: IntegrationRenewalRepository,
    private readonly credentials: CredentialService,
    private readonly transactions: TransactionService,
  ) {}

  async load(id: string): Promise<RenewableSecret | null> {
    const row = await this.repository.find(id);
    if (!row) return null;
    const { version, leaseId, renewedAt } = row;
    return {
      id,
      provider: 'FACEBOOK_PAGE',
      clientId: null,
      version,
      leaseId,
      renewedAt,
      secrets: await readableOrNull(() => this.open(row)),
      property: row.facebookPage?.pageId ?? null,
      health: toKnownHealth(row),
    };
  }

  /** @throws INTEGRATION_NOT_FOUND */
  async require(id: string): Promise<RenewableSecret> {
    const secret = await this.load(id);
    if (!secret) throw resourceNotFound('integration');
    return secret;
  }

  async lease({ id, version }: RenewableSecret, lease: Lease): Promise<boolean> {
    const row = await this.repository.find(id);
    if (row?.version !== version) return false;
    return await this.repository.lease(id, version, { ...lease, updatedAt: row.updatedAt });
  }

  async release(id: string, leaseId: string): Promise<void> {
    await this.repository.release(id, leaseId);
  }

  /** Writes the page's tokens only; the integration's own secrets are not the provider's to change. */
  async save({ id, version }: RenewableSecret, leaseId: string, change: RenewalChange): Promise<boolean> {
    const tokens = change.secrets && (await this.sealTokens(id, change.secrets));
    return await this.transactions.run(async () => {
      if (!(await this.repository.save(id, { version, leaseId }, toRenewalColumns(change)))) return false;
      if (tokens) await this.repository.savePage(id, tokens);
      return true;
    });
  }

  async listDue(notCheckedSince: Date, after: string | null): Promise<string[]> {
    return await this.repository.listDue(notCheckedSince, after);
  }

  private async open({ id, secretsEnvelope, facebookPage }: IntegrationWithPage): Promise<Secrets> {
    const place = { table: 'integrations', column: 'secrets_envelope', rowId: id };
    const secrets: Record<string, unknown> = secretsEnvelope
      ? { ...(await this.credentials.open(secretsEnvelope, place)) }
      : {};
    for (const { field, property, column } of TOKENS) {
      const envelope = facebookPage?.[property];
      if (envelope)
        secrets[field] = await this.credentials.open<string>(envelope, { table: 'facebook_pages', column, rowId: id });
    }
    return secrets;
  }

  private async sealTokens(id: string, secrets: Secrets) {
    const sealed: Partial<Record<(typeof TOKENS)[number]['property'], string>> = {};
    for (const { field, property, column } of TOKENS) {
      const token = secrets[field];
      if (typeof token !== 'string' || token === '') continue;
      sealed[property] = await this.credentials.seal(token, { table: 'facebook_pages', column, rowId: id });
    }
    return sealed;
  }
}
