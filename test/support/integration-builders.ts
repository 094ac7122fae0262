import type { IntegrationAnswer } from '../../src/features/integrations/integration.dto.js';
import { build, type BuiltOrganization } from './builders.js';
import type { TestApp } from './test-app.js';

export const FACEBOOK_PAGE = {
  pageId: '1234567890',
  pageName: 'Acme Store',
  pageCategory: 'Retail',
  pageUrl: 'https://www.facebook.com/acme',
};

/** The body that creates an integration; `fields` replace its own. */
export function integrationBody(businessId: string, fields: object = {}) {
  return { businessId, type: 'FACEBOOK_PAGE', name: 'Acme on Facebook', facebookPage: FACEBOOK_PAGE, ...fields };
}

/** Creates an integration over HTTP, as the owner. */
export async function buildIntegration(
  app: TestApp,
  organization: BuiltOrganization,
  businessId: string,
  fields: object = {},
): Promise<IntegrationAnswer> {
  return await build(app, organization, '/integrations', integrationBody(businessId, fields));
}
