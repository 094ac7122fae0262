import type { Logger } from '@nestjs/common';
import {
  createContext,
  type OrganizationContextService,
  type ScopedContext,
  TenancyError,
} from '../../tenancy/index.js';
import type { Configuration } from '../config/configuration.js';

/** No organization has this id: its rows are none. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/**
 * Answers for whom a query is made.
 * @returns a lookup that throws ORGANIZATION_CONTEXT_MISSING without context; with REQUIRE_ORGANIZATION_CONTEXT=false it
 * warns instead and lets reads find nothing, while writes still throw.
 */
export function createContextLookup(
  contexts: OrganizationContextService,
  configuration: Configuration,
  logger: Logger,
): (model: string, operation: string) => ScopedContext {
  const strict = (model: string, operation: string) => contexts.requireOrganization(`${model}.${operation}`);
  if (configuration.get('REQUIRE_ORGANIZATION_CONTEXT')) return strict;
  return (model, operation) => {
    try {
      return strict(model, operation);
    } catch (error) {
      const isRead = /^(find|count|aggregate|groupBy)/.test(operation);
      if (!isRead || !(error instanceof TenancyError)) throw error;
      logger.warn(`${error.code}: ${model}.${operation} without an organization found nothing. ${error.message}`);
      return nobody(contexts, configuration.product);
    }
  };
}

function nobody(contexts: OrganizationContextService, product: string): ScopedContext {
  const current = contexts.current();
  return createContext({
    product,
    organizationId: NOBODY,
    actor: current?.actor ?? { type: 'anonymous', id: null },
    role: null,
    entryPoint: current?.entryPoint ?? 'job',
    requestId: current?.requestId ?? NOBODY,
  }) as ScopedContext;
}
