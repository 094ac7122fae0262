import { SetMetadata } from '@nestjs/common';
import type { Role } from '../context/organization-context.js';

/** Who may call a route. Every route declares one; a route without stops the start. */
export type RouteStance =
  /** isRecognizing: whoever sends a token is known all the same, and in an organization if there is one. */
  | { readonly kind: 'public'; readonly isRecognizing?: boolean }
  | { readonly kind: 'actor' }
  | { readonly kind: 'organization'; readonly role: Role };

export const ROUTE_STANCE = 'bulkhead:route-stance';

/** Anybody may call this route, logged in or not. */
export const PublicRoute = () => SetMetadata(ROUTE_STANCE, { kind: 'public' } satisfies RouteStance);

/**
 * Anybody may call this route. Who sends no token is a visitor; a token is checked as everywhere, and whoever it belongs to
 * works in the organization that is named or active, if any.
 */
export const RecognizingRoute = () =>
  SetMetadata(ROUTE_STANCE, { kind: 'public', isRecognizing: true } satisfies RouteStance);

/** A logged-in actor may call this route; it works outside any organization. */
export const WithoutOrganization = () => SetMetadata(ROUTE_STANCE, { kind: 'actor' } satisfies RouteStance);

/** A member of the organization with this role or a higher one may call this route. */
export const RequireRole = (role: Role) =>
  SetMetadata(ROUTE_STANCE, { kind: 'organization', role } satisfies RouteStance);
