import { AppError } from '../../platform/errors/app-error.js';
import type { Evidence, HealthColumns, HealthState } from './credential-health.types.js';
import type { Provider } from './credential.types.js';

/** Services of others that we hold secrets for. */
export type RenewableProvider = Provider | 'FACEBOOK_PAGE';

/**
 * What is in a secret, opened. One document per kind; other fields are kept and not looked at:
 *
 * - Google, for a person: `refreshToken`, `clientId`, `clientSecret`. Google's own spelling (`refresh_token` …) is read too.
 * - Google, for a service account: the fields of its key file (`type: "service_account"`, `client_email`, `private_key`,
 *   `private_key_id`), as they are or inside `serviceAccountKey`, which may also be the file's text.
 * - Google, both: `accessToken` and `accessTokenExpiresAt` (ISO 8601), which renewals write. Alone, they serve until they end.
 * - Facebook: `accessToken` (of a person), `pageAccessToken`; with `appId` and `appSecret` they are examined and renewed.
 */
export type Secrets = Readonly<Record<string, unknown>>;

/** A secret that a provider gave us, opened, with what is known of it. */
export interface RenewableSecret {
  readonly id: string;
  readonly provider: RenewableProvider;
  readonly clientId: string | null;
  readonly version: number;
  /** Null if it does not open. */
  readonly secrets: Secrets | null;
  /** What the credential is for: an analytics property, a site, a page. */
  readonly property: string | null;
  readonly leaseId: string | null;
  readonly renewedAt: Date | null;
  readonly health: KnownHealth;
}

export interface KnownHealth {
  readonly state: HealthState;
  readonly checkedAt: Date | null;
  readonly evidence: Evidence | null;
  /** Checks in a row that ended without the provider's word on the credential. */
  readonly failures: number;
  readonly expiresAt: Date | null;
}

export interface RenewalChange {
  /** All of the secret, as it is from now on. */
  readonly secrets?: Secrets;
  readonly renewedAt?: Date;
  readonly health?: KnownHealth;
  /** Gives the lease back. */
  readonly isLast?: boolean;
}

/** A secret whose holder alone talks to the provider in its name, until the lease ends. */
export interface Lease {
  readonly id: string;
  readonly until: Date;
}

/** The rows of the current organization that hold secrets of providers: a client's credentials, or its integrations. */
export interface RenewalStore {
  readonly entity: 'ClientCredential' | 'Integration';

  /** Returns null if it is missing, inactive, or belongs to what is. */
  load(id: string): Promise<RenewableSecret | null>;

  /** @throws CREDENTIAL_MISSING or INTEGRATION_NOT_FOUND where `load` returns null */
  require(id: string): Promise<RenewableSecret>;

  /** Takes the lease, unless somebody holds it or the row was changed since it was loaded. */
  lease(secret: RenewableSecret, lease: Lease): Promise<boolean>;

  /** Gives the lease back. Somebody else's stays. */
  release(id: string, leaseId: string): Promise<void>;

  /** Stores a change if the row is still as it was loaded and the lease still held. */
  save(secret: RenewableSecret, leaseId: string, change: RenewalChange): Promise<boolean>;

  /** Returns ids of secrets that were not checked since, in order, at most 100. What is revoked stays so: it is left out. */
  listDue(notCheckedSince: Date, after: string | null): Promise<string[]>;
}

/** The columns in which renewals keep what they know. */
export interface RenewalColumns extends HealthColumns {
  readonly healthFailures: number;
  readonly renewedAt: Date | null;
}

export function toKnownHealth(row: RenewalColumns): KnownHealth {
  return {
    state: row.healthState as HealthState,
    checkedAt: row.healthCheckedAt,
    evidence: (row.healthEvidence ?? null) as Evidence | null,
    failures: row.healthFailures,
    expiresAt: row.healthExpiresAt ?? null,
  };
}

/** The columns of a change, but for those of the secret itself. */
export function toRenewalColumns({ renewedAt, health, isLast }: RenewalChange) {
  return {
    ...(renewedAt && { renewedAt }),
    ...(health && {
      healthState: health.state,
      healthCheckedAt: health.checkedAt,
      healthEvidence: health.evidence,
      healthFailures: health.failures,
      healthExpiresAt: health.expiresAt,
    }),
    ...(isLast && { leaseId: null, leasedUntil: null }),
  };
}

/** Returns null for a secret that does not open. Other errors pass: a database that is down says nothing of a secret. */
export async function readableOrNull<T>(read: () => T | Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AppError && error.code === 'CREDENTIAL_UNREADABLE') return null;
    throw error;
  }
}
