import { randomUUID } from 'node:crypto';
import { createContext, type OrganizationContext, OrganizationContextService } from '../../src/tenancy/index.js';
import type { BuiltOrganization } from './builders.js';
import type { TestApp } from './test-app.js';

/** The context in which the organization's owner would work. */
export function contextOf(
  { id, owner }: BuiltOrganization,
  changes: Partial<OrganizationContext> = {},
): OrganizationContext {
  return createContext({
    product: 'bestays',
    organizationId: id,
    actor: { type: 'user', id: owner.user.id },
    role: 'OWNER',
    entryPoint: 'job',
    requestId: randomUUID(),
    ...changes,
  });
}

/** Runs `work` as the organization's owner, outside HTTP. */
export function runAs<T>(app: TestApp, organization: BuiltOrganization, work: () => T): T {
  return app.get(OrganizationContextService).run(contextOf(organization), work);
}
