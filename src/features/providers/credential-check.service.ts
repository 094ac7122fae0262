import { Injectable } from '@nestjs/common';
import { CredentialRenewalService } from '../client-data/credential-renewal.service.js';
import type { ProviderSlug } from '../credentials/credential.types.js';
import type { KnownHealth, RenewableSecret, RenewalStore } from '../credentials/renewal.types.js';
import { IntegrationRenewalService } from '../integrations/integration-renewal.service.js';
import { CredentialExaminer } from './credential-examiner.js';
import { CredentialLeaseService } from './credential-lease.service.js';
import { OrganizationSlots } from './organization-slots.js';

/** Asks providers whether the current organization's credentials are of use, without changing anything there. */
@Injectable()
export class CredentialCheckService {
  constructor(
    private readonly credentials: CredentialRenewalService,
    private readonly integrations: IntegrationRenewalService,
    private readonly leases: CredentialLeaseService,
    private readonly examiner: CredentialExaminer,
    private readonly slots: OrganizationSlots,
  ) {}

  /** @throws CLIENT_NOT_FOUND, CREDENTIAL_MISSING, CREDENTIAL_BUSY; what the provider says is no error but the result */
  async checkCredential(clientId: string, provider: ProviderSlug): Promise<KnownHealth> {
    return await this.check(this.credentials, await this.credentials.requireId(clientId, provider));
  }

  /** @throws INTEGRATION_NOT_FOUND, CREDENTIAL_BUSY; what the provider says is no error but the result */
  async checkIntegration(id: string): Promise<KnownHealth> {
    return await this.check(this.integrations, id);
  }

  /** Checks one credential. Whoever asks for the same one meanwhile, in this process or another, gets the same result. */
  async check(store: RenewalStore, id: string): Promise<KnownHealth> {
    return await this.slots.share(`check:${store.entity}:${id}`, async () => {
      const { health } = await this.leases.hold(
        store,
        id,
        isCheckedSince,
        async (held) => await this.examiner.check(store, held),
      );
      return health;
    });
  }
}

/** A secret that was replaced meanwhile is not checked: with it, the time of the last check went. */
function isCheckedSince({ health: now }: RenewableSecret, { health: before }: RenewableSecret): boolean {
  return now.checkedAt !== null && now.checkedAt.getTime() !== before.checkedAt?.getTime();
}
