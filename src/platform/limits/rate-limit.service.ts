import { Injectable } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import type { OrganizationContext } from '../../tenancy/index.js';
import { limitKeys, toSource } from './limit-keys.js';
import { LimitStore } from './limit-store.js';
import { type BucketState, TokenBucket } from './token-bucket.js';

/** How many requests each organization, caller and source may send in a minute. */
@Injectable()
export class RateLimitService {
  private readonly requests: TokenBucket | null;
  /** Keeps one caller from taking all that its organization has; off unless it is set. */
  private readonly actorRequests: TokenBucket | null;

  constructor(store: LimitStore, configuration: Configuration) {
    const limit = configuration.get('RATE_LIMIT_PER_MINUTE');
    const actorLimit = configuration.get('RATE_LIMIT_PER_ACTOR_PER_MINUTE') ?? limit;
    this.requests = limit > 0 ? new TokenBucket(store.redis, limit) : null;
    this.actorRequests = actorLimit < limit ? new TokenBucket(store.redis, actorLimit) : null;
  }

  /**
   * Counts a request against its organization, else its caller, else its source.
   * @returns the bucket with the least left; null if limits are off
   */
  async take(
    { organizationId, actor }: Pick<OrganizationContext, 'organizationId' | 'actor'>,
    ipAddress: string | undefined,
  ): Promise<BucketState | null> {
    if (!this.requests) return null;
    if (organizationId === null) {
      return await this.requests.take(
        actor.id === null ? limitKeys.source(toSource(ipAddress)) : limitKeys.actor(actor.id),
      );
    }
    const own =
      this.actorRequests && actor.id !== null
        ? await this.actorRequests.take(limitKeys.actorIn(organizationId, actor.id))
        : null;
    // What the caller is refused is not taken from the organization.
    if (own?.isRefused) return own;
    const all = await this.requests.take(limitKeys.organization(organizationId));
    return own && !all.isRefused && own.remaining < all.remaining ? own : all;
  }
}
