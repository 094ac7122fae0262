import type { Role } from '../../tenancy/index.js';

/** An organization as its members see it. */
export interface OrganizationView {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly email: string | null;
  readonly ownerId: string;
  readonly features: unknown;
  readonly subscriptionState: string;
  readonly subscriptionEndsAt: Date | null;
  readonly isActive: boolean;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** An organization as the platform sees it: that it is there, and how it stands. */
export type DirectoryEntry = Pick<
  OrganizationView,
  'id' | 'name' | 'slug' | 'isActive' | 'subscriptionState' | 'subscriptionEndsAt' | 'createdAt'
> & { readonly deactivatedAt: Date | null };

/** An organization together with the role of the person who asks. */
export type OwnOrganization = OrganizationView & { readonly role: Role };
/** An organization with the numbers of its active rows. */
export interface OrganizationOverview extends OrganizationView {
  readonly memberCount: number;
  readonly businessCount: number;
  readonly integrationCount: number;
  readonly clientCount: number;
}

export const SUBSCRIPTION_STATES = ['TRIAL', 'ACTIVE', 'PAST_DUE', 'CANCELED'] as const;
export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number];

/** Tells whether the organization may use what it subscribed to: on trial or active, and not past its end. */
export function isSubscriptionActive(
  organization: Pick<OrganizationView, 'subscriptionState' | 'subscriptionEndsAt'>,
  now = new Date(),
): boolean {
  const { subscriptionState, subscriptionEndsAt } = organization;
  const isPaid = subscriptionState === 'ACTIVE' || subscriptionState === 'TRIAL';
  return isPaid && (subscriptionEndsAt === null || subscriptionEndsAt > now);
}

/** Tells whether a feature is switched on: only a stored `true` counts. */
export function hasFeature(organization: Pick<OrganizationView, 'features'>, feature: string): boolean {
  const { features } = organization;
  if (typeof features !== 'object' || features === null || !Object.hasOwn(features, feature)) return false;
  return (features as Record<string, unknown>)[feature] === true;
}
