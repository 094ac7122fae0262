import type { Actor, OrganizationContext, Role, ScopedContext } from './organization-context.js';

/** What a verified token says of its bearer, before the database was asked. */
export interface ActorClaim {
  readonly actor: Actor;
  /** The log-in that the token belongs to; it may have ended meanwhile. Null for an API key. */
  readonly sessionId: string | null;
  /** SHA-256 of the API key that was presented; there for API keys only. */
  readonly keyDigest?: string;
}

/** What the context, and handlers through `@CurrentOrganization()`, know of the organization. */
export interface OrganizationSummary {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

/** An actor's standing, as the database has it now. */
export interface Access {
  readonly actor: Actor;
  /** Null if none was named, or the named one is not open to the actor; see `isNamed`. */
  readonly organization: OrganizationSummary | null;
  readonly role: Role | null;
  /** Whether the request or its session names an organization at all. */
  readonly isNamed: boolean;
  /** The key scopes of an API key; absent for everybody else, whom the role alone bounds. */
  readonly keyScopes?: readonly string[];
  /** When the log-in or the key ends by itself; what stays open must not outlive it. Absent in nested runs. */
  readonly standsUntil?: Date;
}

/** What lets somebody of the platform into an organization that it does not belong to. */
export interface SupportAccess {
  readonly sessionId: string;
  readonly organization: OrganizationSummary;
  /** Rank it works with; never OWNER. */
  readonly role: Role;
  readonly isReadOnly: boolean;
  readonly standsUntil: Date;
}

/** What a connection that stays open was let in by. */
export interface Standing {
  readonly claim: ActorClaim;
  readonly organizationId: string;
  /** The key scope that an API key needs for it. */
  readonly keyScope: string;
}

/** Port: answers for many connections at once whether they would be let in again. Implemented by `features/memberships`. */
export abstract class StandingReview {
  /**
   * Returns those of the standings that hold as they did; of all others the door must be asked.
   * @remarks One query, across organizations: call it inside runUnscoped.
   */
  abstract filterHeld<Kept extends Standing>(standings: readonly Kept[]): Promise<ReadonlySet<Kept>>;
}

/** Port: answers whether somebody of the platform may work in an organization now. Implemented by `features/support`. */
export abstract class SupportDesk {
  /** Returns the live support session of a superuser in the organization (id or slug), or null. One query. */
  abstract find(userId: string, organization: string): Promise<SupportAccess | null>;
}

/** Port: turns credentials of a request into a claim. Implemented by `features/auth`. */
export abstract class Authenticator {
  /**
   * Verifies a bearer token, or reads an API key: that one is verified by {@link MembershipResolver.resolve}.
   * @param authorization - value of the Authorization header
   * @throws UNAUTHENTICATED if there is no token, or it is malformed, expired, forged or of another product.
   */
  abstract identify(authorization: string | undefined): Promise<ActorClaim>;
}

/** Port: answers whether an actor belongs to an organization, and with which role. Implemented by `features/memberships`. */
export abstract class MembershipResolver {
  /**
   * Checks a claim against the database.
   * @param organization - id or slug; undefined picks the session's active organization, else the user's home
   * @returns no organization if it does not exist, is inactive, or the actor does not belong to it: one answer for all
   * @throws UNAUTHENTICATED if the session, the key or the user is no longer active, or the key is not the one on record.
   * @remarks One query. Nothing is cached, so a removal counts from the next request on, in every process.
   */
  abstract resolve(claim: ActorClaim, organization: string | undefined): Promise<Access>;

  /**
   * Finds an organization for the actor of a context that is already open (nested runs, commands, jobs).
   * System actors find every organization of the product; a user finds those it belongs to.
   * @throws ORGANIZATION_NOT_FOUND
   */
  abstract find(
    context: OrganizationContext,
    organization: string,
  ): Promise<Access & { organization: OrganizationSummary }>;

  /** Returns the product's own account, under which commands act. */
  abstract findSystemActor(): Promise<Actor>;
}

/** Port: puts on record what the core allows or refuses. Implemented by `features/audit`. */
export abstract class TenancyRecorder {
  /** Records unscoped work before it starts. If this throws, the work does not start. */
  abstract recordUnscopedRun(context: OrganizationContext, reason: string): Promise<void>;
  /** Records that an actor asked for an organization, or a role in it, that it does not have. */
  abstract recordRefusal(context: OrganizationContext, code: string, organization: string | undefined): Promise<void>;
  /**
   * Puts what somebody of the platform does, or tried, on the organization's own record.
   * If this throws, it is not done.
   */
  abstract recordSupport(
    context: ScopedContext,
    access: SupportAccess,
    act: { readonly what: string; readonly isRefused: boolean },
  ): Promise<void>;
}
