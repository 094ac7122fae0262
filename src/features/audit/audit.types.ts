/** How an act ended. NOT_FOUND covers missing and foreign alike: nobody can tell them apart. */
export type AuditOutcome = 'SUCCESS' | 'DENIED' | 'NOT_FOUND' | 'FAILED';

/** One act inside an organization. Who, where from and when are filled in from the context. */
export interface AuditEntry {
  /** `noun.verb-past`, e.g. `client.read`. */
  readonly action: string;
  /** Name of the model acted on, e.g. `Client`. */
  readonly entity: string;
  readonly entityId?: string | null;
  /** The client whose data was touched, if any. */
  readonly clientId?: string | null;
  readonly outcome?: AuditOutcome;
  readonly reason?: string | null;
  /** Names of fields and credentials that were touched; never their values. */
  readonly fields?: readonly string[];
}

/** One act outside organizations: sign-in, refused organizations, unscoped work. */
export interface SecurityEventEntry {
  readonly action: string;
  readonly outcome: AuditOutcome;
  readonly organizationId?: string | null;
  readonly actorId?: string | null;
  readonly reason?: string | null;
}
