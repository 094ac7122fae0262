import { Injectable, Logger } from '@nestjs/common';
import { isSameSecret } from '../../platform/crypto/envelope.js';
import {
  type Access,
  type Actor,
  createContext,
  isUuid,
  OrganizationContextService,
  ROLES,
  UnauthenticatedError,
} from '../../tenancy/index.js';
import { SecurityEventService } from '../audit/security-event.service.js';
import { KeyAccessRepository, type KeyAccessRow } from './key-access.repository.js';

export type KeyActor = Extract<Actor, { type: 'apiKey' }>;

/**
 * Answers what an API key may do now: its key scopes, in its organization, with the lower of its own role and the
 * role that its maker has at this moment.
 * @see docs/decisions/2026-11-23-api-keys-follow-their-maker.md
 */
@Injectable()
export class KeyAccessService {
  private readonly logger = new Logger('KeyAccessService');

  constructor(
    private readonly repository: KeyAccessRepository,
    private readonly contexts: OrganizationContextService,
    private readonly events: SecurityEventService,
  ) {}

  /**
   * Checks a key that was presented at a door.
   * @param digest - SHA-256 of what was presented
   * @param organization - id or slug that the request names, if any; another than the key's is not found
   * @throws UNAUTHENTICATED if it is unknown, wrong, revoked or expired, or its maker is no member any more: one answer.
   */
  async resolve(actor: KeyActor, digest: string, organization: string | undefined): Promise<Access> {
    const row = await this.repository.find(actor.userId, actor.id);
    const refusal = row && refusalOf(row, digest);
    if (!row || refusal) {
      // What names no key of ours is not put on record: anybody can make that up, as often as they like.
      if (row && refusal) await this.recordRefusal(actor, row, refusal);
      throw apiKeyInvalid();
    }
    if (row.isUseStale) this.noteUse(actor);
    return { ...toAccess(actor, row, organization), standsUntil: endOf(row, digest) };
  }

  /** Returns the standing of a key that a door let in before, for nested runs. */
  async find(actor: KeyActor, organization: string): Promise<Access | null> {
    const row = await this.repository.find(actor.userId, actor.id);
    return !row || standingRefusal(row) ? null : toAccess(actor, row, organization);
  }

  /** Beside the request: a use that could not be noted is no reason to refuse it. */
  private noteUse({ userId, id }: KeyActor): void {
    this.repository.noteUse(userId, id).catch((error: unknown) => {
      this.logger.warn(`The use of the API key ${id} could not be noted: ${String(error)}`);
    });
  }

  private async recordRefusal(actor: KeyActor, { organizationId }: KeyAccessRow, reason: string): Promise<void> {
    const asKey = createContext({ ...this.contexts.require('KeyAccessService'), actor });
    await this.contexts.run(asKey, () =>
      this.events.record({ action: 'api-key.refused', outcome: 'DENIED', organizationId, reason }),
    );
  }
}

/** Malformed, unknown, wrong, revoked, expired, without its maker: the answer does not tell which. */
export function apiKeyInvalid(): UnauthenticatedError {
  return new UnauthenticatedError('The API key is not valid. Use another, or ask an administrator for one.');
}

function refusalOf(row: KeyAccessRow, digest: string): string | null {
  const isCurrent = isSameSecret(digest, row.secretHash);
  const isPrevious = row.previousSecretHash !== null && isSameSecret(digest, row.previousSecretHash);
  if (!isCurrent && !isPrevious) return 'wrong secret';
  if (isCurrent && row.isExpired) return 'expired';
  return standingRefusal(row);
}

/** A rotated key's former secret ends before the key does. */
function endOf({ secretHash, expiresAt, previousExpiresAt }: KeyAccessRow, digest: string): Date {
  return previousExpiresAt === null || isSameSecret(digest, secretHash) ? expiresAt : previousExpiresAt;
}

function standingRefusal({ isRevoked, creatorRole, slug }: KeyAccessRow): string | null {
  if (isRevoked) return 'revoked';
  if (creatorRole === null) return 'its maker is no member any more';
  return slug === null ? 'its organization is not active' : null;
}

function toAccess(actor: KeyActor, row: KeyAccessRow, named: string | undefined): Access {
  const { organizationId: id, slug, name, creatorRole, keyRole, scopes } = row;
  const isOwn = named === undefined || named === (isUuid(named) ? id : slug);
  if (!isOwn || slug === null || name === null || creatorRole === null) {
    return { actor, organization: null, role: null, isNamed: true, keyScopes: [] };
  }
  const role = ROLES.indexOf(creatorRole) < ROLES.indexOf(keyRole) ? creatorRole : keyRole;
  return { actor, organization: { id, slug, name }, role, isNamed: true, keyScopes: scopes };
}
