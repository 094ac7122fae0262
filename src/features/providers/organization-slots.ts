import { Injectable } from '@nestjs/common';
import pLimit, { type LimitFunction } from 'p-limit';
import { OrganizationContextService } from '../../tenancy/index.js';

/** Of one organization, in one process: the providers count calls too, and other organizations need connections. */
const AT_ONCE = 4;

/** Bounds what one organization has under way at providers, and lets the same work be done once for all who ask. */
@Injectable()
export class OrganizationSlots {
  private readonly limits = new Map<string, LimitFunction>();
  private readonly flights = new Map<string, Promise<unknown>>();

  constructor(private readonly contexts: OrganizationContextService) {}

  /** Runs `work` when a slot of the organization is free. Who asks for the same thing meanwhile gets the same result. */
  async share<T>(what: string, work: () => Promise<T>): Promise<T> {
    const owner = this.owner();
    const key = `${owner}:${what}`;
    const running = this.flights.get(key) as Promise<T> | undefined;
    if (running) return await running;
    const flight = this.inSlot(owner, work).finally(() => this.flights.delete(key));
    this.flights.set(key, flight);
    return await flight;
  }

  private async inSlot<T>(owner: string, work: () => Promise<T>): Promise<T> {
    const limit = this.limits.get(owner) ?? pLimit(AT_ONCE);
    this.limits.set(owner, limit);
    try {
      return await limit(work);
    } finally {
      if (limit.activeCount + limit.pendingCount === 0 && this.limits.get(owner) === limit) this.limits.delete(owner);
    }
  }

  private owner(): string {
    const { product, organizationId } = this.contexts.requireOrganization('OrganizationSlots');
    return `${product}:${organizationId}`;
  }
}
