import { SetMetadata } from '@nestjs/common';

/** Who may connect to a namespace. Every gateway declares one; a gateway without stops the start. */
export type SocketStance =
  | { readonly kind: 'public' }
  /** Members; an API key needs the key scopes of `resource`, the first segment of the routes on the same things. */
  | { readonly kind: 'organization'; readonly resource: string };

export const SOCKET_STANCE = 'bulkhead:socket-stance';
export const READS_ONLY = 'bulkhead:reads-only';

/** Anybody may connect, logged in or not; handlers run outside any organization. */
export const PublicSockets = () => SetMetadata(SOCKET_STANCE, { kind: 'public' } satisfies SocketStance);

/** Members of an organization may connect, each in one. */
export const OrganizationSockets = (resource: string) =>
  SetMetadata(SOCKET_STANCE, { kind: 'organization', resource } satisfies SocketStance);

/** This message changes nothing: API keys that may only read, and support sessions that may only read, may send it. */
export const ReadsOnly = () => SetMetadata(READS_ONLY, true);

/** Returns the key scope that an API key needs for a message of the namespace. */
export function socketKeyScope(resource: string, isReading: boolean): string {
  return `${resource}:${isReading ? 'read' : 'write'}`;
}
