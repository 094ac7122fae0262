import { MissingOrganizationContextError } from '../tenancy.errors.js';

export const ROLES = ['MEMBER', 'ADMIN', 'OWNER'] as const;
/** Rank of a user in one organization, lowest first in {@link ROLES}. */
export type Role = (typeof ROLES)[number];

export type EntryPoint = 'http' | 'socket' | 'job' | 'cli';

/**
 * Who acts. `id` is a user id (UUID), of an API key the key's own, and of anonymous actors none.
 * `userId` is the member who made the key: it never may more than that member.
 */
export type Actor =
  | { readonly type: 'user' | 'system'; readonly id: string }
  | { readonly type: 'apiKey'; readonly id: string; readonly userId: string }
  | { readonly type: 'anonymous'; readonly id: null };

export const ANONYMOUS: Actor = Object.freeze({ type: 'anonymous', id: null });

/** The frozen facts of one entry. Replaced by a nested run, never edited. */
export interface OrganizationContext {
  readonly product: string;
  /** Null until an organization is known, and on routes that work without one. */
  readonly organizationId: string | null;
  readonly actor: Actor;
  /** Role of the actor in the organization; null for system actors and without organization. */
  readonly role: Role | null;
  readonly entryPoint: EntryPoint;
  readonly requestId: string;
  /** Set only inside runUnscoped: why this work may cross organizations. */
  readonly unscopedReason: string | null;
}

/** A context in which an organization is known. */
export type ScopedContext = OrganizationContext & { readonly organizationId: string };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Tells whether `value` is a UUID in its canonical lower-case form. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

/**
 * Builds a context and freezes it.
 * @throws ORGANIZATION_CONTEXT_MISSING if the organization or actor id is something other than a UUID or null:
 * `undefined` in a Prisma filter would match every organization.
 */
export function createContext(
  facts: Omit<OrganizationContext, 'unscopedReason'> & { readonly unscopedReason?: string | null },
): OrganizationContext {
  if (!facts.product) throw new MissingOrganizationContextError('A context without product');
  const { actor } = facts;
  for (const id of [facts.organizationId, actor.id, actor.type === 'apiKey' ? actor.userId : null]) {
    if (id !== null && !isUuid(id)) throw new MissingOrganizationContextError('A context with a malformed id');
  }
  return Object.freeze({
    product: facts.product,
    organizationId: facts.organizationId,
    actor: Object.freeze({ ...actor }),
    role: facts.role,
    entryPoint: facts.entryPoint,
    requestId: facts.requestId,
    unscopedReason: facts.unscopedReason ?? null,
  });
}
