import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  ANONYMOUS,
  createContext,
  type OrganizationContext,
  type ScopedContext,
} from '../context/organization-context.js';
import { OrganizationContextService } from '../context/organization-context.service.js';
import { isRecordedRefusal, requireRank } from '../context/rights.js';
import {
  type Access,
  type ActorClaim,
  Authenticator,
  MembershipResolver,
  type OrganizationSummary,
  type SupportAccess,
  SupportDesk,
  TenancyRecorder,
} from '../context/tenancy-ports.js';
import { requireKeyScope } from '../http/key-scope.js';
import { findSupport } from '../http/support-supervision.js';
import { OrganizationNotFoundError, OrganizationRequiredError, UnauthenticatedError } from '../tenancy.errors.js';
import type { OrganizationPass, SocketHandshake, SocketMessage, SocketPass } from './socket-pass.js';
import { socketKeyScope, type SocketStance } from './socket-stance.js';
import { superviseMessage } from './support-message.js';

/** An id or a slug; all else names nothing. */
const REFERENCE = /^[\w-]{1,200}$/;
const HOW_TO = 'Log in and send the access token as auth.token of the handshake.';
const CONNECTING = { event: 'connect', isReading: true, role: 'MEMBER' } as const satisfies SocketMessage;

type Admission = Access & { readonly organization: OrganizationSummary; readonly support: SupportAccess | null };

/** The socket door: identifies who connects, and asks again, with every message, what it may do now. */
@Injectable()
export class SocketDoor {
  constructor(
    private readonly contexts: OrganizationContextService,
    private readonly authenticator: Authenticator,
    private readonly memberships: MembershipResolver,
    private readonly recorder: TenancyRecorder,
    private readonly desk: SupportDesk,
  ) {}

  /**
   * Lets a socket in.
   * @throws UNAUTHENTICATED, ORGANIZATION_REQUIRED, ORGANIZATION_NOT_FOUND, SCOPE_MISSING, API_KEY_NOT_ALLOWED
   * @remarks One query; a second where somebody of the platform names an organization that it does not belong to.
   */
  async admit(handshake: SocketHandshake, stance: SocketStance): Promise<SocketPass> {
    const { product, namespace } = handshake;
    const base = { product, organizationId: null, actor: ANONYMOUS, role: null, entryPoint: 'socket' } as const;
    const context = createContext({ ...base, requestId: randomUUID() });
    if (stance.kind === 'public') return { kind: 'public', namespace, context };
    return await this.contexts.run(context, async () => {
      if (typeof handshake.token !== 'string') throw new UnauthenticatedError(HOW_TO);
      const claim = await this.authenticator.identify(`Bearer ${handshake.token}`);
      const identified = createContext({ ...context, actor: claim.actor });
      const reference = handshake.organizationId ?? undefined;
      const [access, scoped] = await this.ask(claim, reference, identified, { ...CONNECTING, namespace, stance });
      const { organization, support } = access;
      const ends = [access.standsUntil, support?.standsUntil].map((date) => date?.getTime() ?? Infinity);
      return Object.freeze({
        ...{ kind: 'organization', stance, namespace, claim, organization, context: scoped },
        organizationId: organization.id,
        keyScope: socketKeyScope(stance.resource, true),
        standsUntil: new Date(Math.min(...ends)),
      } as const);
    });
  }

  /**
   * Returns the context in which one message is handled, with what its sender may do now.
   * @throws UNAUTHENTICATED, ORGANIZATION_NOT_FOUND if the socket has lost its standing; ROLE_TOO_LOW, SCOPE_MISSING,
   * SUPPORT_SESSION_READ_ONLY if only this message goes too far.
   */
  async enter(pass: SocketPass, message: SocketMessage): Promise<OrganizationContext> {
    const context = createContext({ ...pass.context, role: null, requestId: randomUUID() });
    if (pass.kind === 'public') return context;
    const { claim, namespace, stance } = pass;
    const [, scoped] = await this.contexts.run(context, () =>
      this.ask(claim, pass.organizationId, context, { ...message, namespace, stance }),
    );
    return scoped;
  }

  /** Asks whether a socket would be let in again; throws what a handshake would be refused with. */
  async review({ claim, organizationId, context, keyScope }: OrganizationPass): Promise<void> {
    await this.contexts.run(context, async () => {
      requireKeyRights(await this.resolve(claim, organizationId), keyScope);
    });
  }

  private async ask(
    claim: ActorClaim,
    reference: unknown,
    identified: OrganizationContext,
    message: SocketMessage & Pick<OrganizationPass, 'namespace' | 'stance'>,
  ): Promise<[Admission, ScopedContext]> {
    let named = typeof reference === 'string' ? reference.slice(0, 200) : undefined;
    try {
      const access = await this.resolve(claim, reference);
      named = access.organization.id;
      requireKeyRights(access, socketKeyScope(message.stance.resource, message.isReading));
      requireRank(access.role, message.role);
      const facts = { ...identified, organizationId: access.organization.id, role: access.role };
      const scoped = createContext(facts) as ScopedContext;
      if (access.support) await superviseMessage(this.recorder, scoped, access.support, message);
      return [access, scoped];
    } catch (error) {
      if (isRecordedRefusal(error)) await this.recorder.recordRefusal(identified, error.code, named);
      throw error;
    }
  }

  private async resolve(claim: ActorClaim, reference: unknown): Promise<Admission> {
    if (reference !== undefined && !isReference(reference)) throw new OrganizationNotFoundError();
    const standing = await this.memberships.resolve(claim, reference);
    const support = await findSupport(this.desk, claim.actor, standing, reference);
    const access = support ? { ...standing, ...support, standsUntil: standing.standsUntil } : standing;
    const { organization } = access;
    if (!organization) {
      throw standing.isNamed ? new OrganizationNotFoundError() : new OrganizationRequiredError('auth.organizationId');
    }
    return { ...access, organization, support };
  }
}

function isReference(value: unknown): value is string {
  return typeof value === 'string' && REFERENCE.test(value);
}

function requireKeyRights({ actor, keyScopes = [] }: Access, keyScope: string): void {
  if (actor.type === 'apiKey') requireKeyScope(keyScopes, keyScope);
}
