import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { CredentialRenewalService } from '../client-data/credential-renewal.service.js';
import type { ProviderSlug } from '../credentials/credential.types.js';
import type { RenewableSecret, RenewalStore } from '../credentials/renewal.types.js';
import { IntegrationRenewalService } from '../integrations/integration-renewal.service.js';
import { CredentialExaminer } from './credential-examiner.js';
import { CredentialLeaseService } from './credential-lease.service.js';
import { OrganizationSlots } from './organization-slots.js';
import { noToken } from './provider.errors.js';
import { ProviderProblem } from './provider-problem.js';

/** Gives work inside an organization the tokens with which it calls providers, renewed in time. */
@Injectable()
export class CredentialAccessService {
  constructor(
    private readonly credentials: CredentialRenewalService,
    private readonly integrations: IntegrationRenewalService,
    private readonly leases: CredentialLeaseService,
    private readonly examiner: CredentialExaminer,
    private readonly slots: OrganizationSlots,
    private readonly audit: AuditService,
  ) {}

  /**
   * Returns an access token of a client's credential.
   * @throws CLIENT_NOT_FOUND, CREDENTIAL_MISSING, CREDENTIAL_UNUSABLE, PROVIDER_UNAVAILABLE, CREDENTIAL_BUSY
   * @remarks One call to the provider at most every hour, however many ask in however many processes.
   */
  async credentialToken(clientId: string, provider: ProviderSlug): Promise<string> {
    return await this.token(this.credentials, await this.credentials.requireId(clientId, provider));
  }

  /** Returns the token of an integration. @throws INTEGRATION_NOT_FOUND, CREDENTIAL_UNUSABLE, CREDENTIAL_BUSY */
  async integrationToken(id: string): Promise<string> {
    return await this.token(this.integrations, id);
  }

  private async token(store: RenewalStore, id: string): Promise<string> {
    try {
      const secret = await store.require(id);
      await this.record(store, secret);
      if (this.examiner.needsRenewal(secret) !== 'now') return this.examiner.tokenOf(secret);
      await this.slots.share(`renew:${store.entity}:${id}`, async () => await this.renew(store, id));
      return this.examiner.tokenOf(await store.require(id));
    } catch (error) {
      throw error instanceof ProviderProblem ? noToken(error) : error;
    }
  }

  /** Who had to wait for another finds its token in the row, and asks the provider no second time. */
  private async renew(store: RenewalStore, id: string): Promise<void> {
    const isSettled = (secret: RenewableSecret) => this.examiner.needsRenewal(secret) !== 'now';
    await this.leases.hold(store, id, isSettled, async (held) => {
      if (!isSettled(held.current)) await this.examiner.renew(store, held);
    });
  }

  private async record({ entity }: RenewalStore, { id, clientId, provider }: RenewableSecret): Promise<void> {
    const fields = [`credential:${provider}`];
    await this.audit.record({ action: 'credential.used', entity, entityId: id, clientId, fields });
  }
}
