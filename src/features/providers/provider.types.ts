import type { Evidence, HealthState } from '../credentials/credential-health.types.js';
import type { RenewableProvider, RenewableSecret, Secrets } from '../credentials/renewal.types.js';

/**
 * What an answer of a provider means for the credential. transient: nothing. quota: nothing, but wait. revoked: it is void,
 * by the provider's own word. forbidden: it is good, and not for this. misconfigured: something about it is wrong.
 */
export type ErrorClass = 'transient' | 'revoked' | 'misconfigured' | 'quota' | 'forbidden';

/** What a check came to. */
export type CheckOutcome =
  | { readonly kind: 'confirmed'; readonly expiresAt: Date | null }
  | { readonly kind: ErrorClass | 'untestable'; readonly evidence: Evidence };

/** What a provider gave in exchange for what was stored. */
export interface Renewal {
  /** Fields that are new; the others stay as they are. */
  readonly secrets: Secrets;
  /** When the credential as a whole ends; undefined: the provider did not say. */
  readonly expiresAt?: Date | null;
}

/** now: what is stored is of no use without it. soon: it is, but will not always be. */
export type RenewalNeed = 'no' | 'soon' | 'now';

/** How one provider is talked to. Every method throws a ProviderProblem. */
export interface ProviderClient {
  readonly provider: RenewableProvider;

  /** Whether the provider has something to give for this secret. @throws ProviderProblem if it lacks something */
  isRenewable(secret: Secrets): boolean;

  /** @throws ProviderProblem if the secret lacks what is needed to tell */
  needsRenewal(secret: RenewableSecret & { readonly secrets: Secrets }, now: Date): RenewalNeed;

  renew(secret: Secrets, property: string | null, signal: AbortSignal): Promise<Renewal>;

  /** Tries the credential without changing anything. Returns when it ends: null never, undefined unknown. */
  probe(secret: Secrets, property: string | null, signal: AbortSignal): Promise<Date | null | undefined>;

  /** The token that calls are made with. @throws ProviderProblem if there is none */
  tokenOf(secret: Secrets): string;
}

/** A credential's state is another one than before: time to tell people before it breaks something. */
export interface CredentialStateChange {
  readonly entity: 'ClientCredential' | 'Integration';
  readonly id: string;
  readonly clientId: string | null;
  readonly provider: RenewableProvider;
  readonly from: HealthState;
  readonly to: HealthState;
  readonly evidence: Evidence | null;
  readonly expiresAt: Date | null;
}

declare module '../../platform/events/event-bus.js' {
  interface EventMap {
    'credential.state-changed': CredentialStateChange;
  }
}
