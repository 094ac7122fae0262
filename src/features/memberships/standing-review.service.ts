import { Injectable } from '@nestjs/common';
import { type Standing, StandingReview } from '../../tenancy/index.js';
import { type KeyStanding, type LoginStanding, StandingReviewRepository } from './standing-review.repository.js';

/** Answers for all sockets of a process at once, where asking for each would take too long. */
@Injectable()
export class StandingReviewService extends StandingReview {
  constructor(private readonly repository: StandingReviewRepository) {
    super();
  }

  override async filterHeld<Kept extends Standing>(standings: readonly Kept[]): Promise<ReadonlySet<Kept>> {
    const logins: LoginStanding[] = [];
    const keys: KeyStanding[] = [];
    for (const [number, { claim, organizationId, keyScope }] of standings.entries()) {
      const { actor, sessionId, keyDigest: digest = '' } = claim;
      if (actor.type === 'apiKey') {
        keys.push({ number, userId: actor.userId, keyId: actor.id, organizationId, digest, keyScope });
      } else if (actor.id !== null && sessionId !== null) {
        logins.push({ number, userId: actor.id, sessionId, organizationId });
      }
    }
    const held = await Promise.all([this.repository.listHeldLogins(logins), this.repository.listHeldKeys(keys)]);
    return new Set(held.flat().flatMap((number) => standings[number] ?? []));
  }
}
