import type { FacebookPage, Integration } from '../../generated/prisma/client.js';

/** What an integration connects to. */
export const INTEGRATION_TYPES = ['FACEBOOK_PAGE'] as const;
export type IntegrationType = (typeof INTEGRATION_TYPES)[number];

/** An integration with its details, and with what decides whether it can be seen. */
export type IntegrationWithDetails = Integration & {
  readonly facebookPage: FacebookPage | null;
  readonly business: { readonly isActive: boolean };
};

/** Tells whether the integration and its business are both active: otherwise it is hidden. */
export function isInUse({ isActive, business }: Pick<IntegrationWithDetails, 'isActive' | 'business'>): boolean {
  return isActive && business.isActive;
}
