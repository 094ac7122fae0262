import { Injectable } from '@nestjs/common';
import type { Organization } from '../../generated/prisma/client.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import type { AppError } from '../../platform/errors/app-error.js';
import { resourceNotFound, versionConflict } from '../../platform/errors/general.errors.js';
import { Entitlements } from '../../platform/http/entitlements.js';
import { AuditService } from '../audit/audit.service.js';
import { featureNotEnabled, subscriptionInactive } from './organization.errors.js';
import { OrganizationRepository } from './organization.repository.js';
import { hasFeature, isSubscriptionActive, type SubscriptionState } from './organization.types.js';

/** What the platform changes of an organization's subscription; what is left out stays. */
export interface EntitlementChange {
  readonly enabled: readonly string[];
  readonly disabled: readonly string[];
  readonly subscriptionState?: SubscriptionState;
  /** Null for a subscription without end. */
  readonly subscriptionEndsAt?: Date | null;
}

/** What the current organization may use. */
@Injectable()
export class EntitlementService extends Entitlements {
  constructor(
    private readonly repository: OrganizationRepository,
    private readonly transactions: TransactionService,
    private readonly audit: AuditService,
  ) {
    super();
  }

  override async requireFeature(feature: string): Promise<void> {
    const organization = await this.get();
    if (!hasFeature(organization, feature)) await this.refuse(organization, featureNotEnabled(feature));
  }

  override async requireSubscription(): Promise<void> {
    const organization = await this.get();
    if (!isSubscriptionActive(organization)) await this.refuse(organization, subscriptionInactive());
  }

  /**
   * Changes features and subscription, or only returns them if nothing is to change. For operators: no route leads here.
   * @throws ORGANIZATION_NOT_FOUND, VERSION_CONFLICT if somebody changed the organization meanwhile
   */
  async change({ enabled, disabled, ...subscription }: EntitlementChange): Promise<Organization> {
    return await this.transactions.run(async () => {
      const current = await this.get();
      if ([...enabled, ...disabled, ...Object.keys(subscription)].length === 0) return current;
      const kept = Object.entries(current.features as object).filter(([name]) => !disabled.includes(name));
      const features = Object.fromEntries([...kept, ...enabled.map((name) => [name, true] as const)]);
      const organization = await this.repository.update(current.version, { ...subscription, features });
      if (!organization) throw versionConflict();
      await this.audit.record({
        action: 'organization.entitlements-changed',
        entity: 'Organization',
        entityId: organization.id,
        fields: [...Object.keys(subscription), ...[...enabled, ...disabled].map((name) => `features.${name}`)],
      });
      return organization;
    });
  }

  private async get(): Promise<Organization> {
    const organization = await this.repository.find();
    if (!organization) throw resourceNotFound('organization');
    return organization;
  }

  private async refuse({ id }: Organization, error: AppError): Promise<never> {
    const refusal = { action: 'organization.entitlement-refused', entity: 'Organization', entityId: id } as const;
    await this.audit.record({ ...refusal, outcome: 'DENIED', reason: error.code });
    throw error;
  }
}
