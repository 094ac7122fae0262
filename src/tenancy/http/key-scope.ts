import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ApiKeyNotAllowedError, ScopeMissingError } from '../tenancy.errors.js';

/** The form of every key scope: `<resource>:<read|write>`. */
export const KEY_SCOPE = /^[a-z0-9-]+:(read|write)$/;

/**
 * What no API key can be given. Each of these would let a key hand out rights that outlive it or exceed its scopes:
 * another key, a member with a role, or an invitation to become one.
 */
const NOT_GRANTABLE: ReadonlySet<string> = new Set(['api-keys:write', 'members:write', 'invitations:write']);

/**
 * Returns the key scope that a route needs: the first segment of its path, `read` for GET and `write` for all else.
 * @remarks Derived, so that a new resource has its key scopes without being listed anywhere.
 */
export function keyScopeOf(controller: Type, handler: object): string {
  const paths = [controller, handler].map(
    (target) => [Reflect.getMetadata(PATH_METADATA, target) as unknown].flat()[0],
  );
  const [resource = ''] = paths.join('/').split('/').filter(Boolean);
  const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
  return `${resource}:${method === RequestMethod.GET ? 'read' : 'write'}`;
}

/** Tells whether a key can be given this scope. */
export function isGrantable(scope: string): boolean {
  return KEY_SCOPE.test(scope) && !NOT_GRANTABLE.has(scope);
}

/**
 * @param needed - null for a route that works outside organizations: a key belongs to one, and has no business there
 * @throws API_KEY_NOT_ALLOWED, SCOPE_MISSING
 */
export function requireKeyScope(given: readonly string[], needed: string | null): void {
  if (needed === null || !isGrantable(needed)) throw new ApiKeyNotAllowedError();
  if (!given.includes(needed)) throw new ScopeMissingError(needed);
}
