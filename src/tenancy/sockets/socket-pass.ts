import type { OrganizationContext, Role, ScopedContext } from '../context/organization-context.js';
import type { OrganizationSummary, Standing } from '../context/tenancy-ports.js';
import type { SocketStance } from './socket-stance.js';

/** What a client sends to be let in. Whatever of it is wrong is refused, not ignored. */
export interface SocketHandshake {
  readonly product: string;
  readonly namespace: string;
  readonly token: unknown;
  /** Id or slug; absent picks the session's active organization. */
  readonly organizationId: unknown;
}

/** One message, as far as the door looks at it. */
export interface SocketMessage {
  readonly event: string;
  readonly isReading: boolean;
  readonly role: Role;
}

/** With what a socket was let in. Its organization is fixed; its role is asked for with every message. */
export type SocketPass = OrganizationPass | PublicPass;

export interface OrganizationPass extends Standing {
  readonly kind: 'organization';
  readonly stance: Extract<SocketStance, { kind: 'organization' }>;
  readonly namespace: string;
  readonly organization: OrganizationSummary;
  /** The context of the handshake. */
  readonly context: ScopedContext;
  /** When the log-in, key or support session ends by itself. */
  readonly standsUntil: Date;
}

export interface PublicPass {
  readonly kind: 'public';
  readonly namespace: string;
  readonly context: OrganizationContext;
}
