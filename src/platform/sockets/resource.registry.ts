import { Injectable } from '@nestjs/common';
import { isUuid } from '../../tenancy/index.js';
import { SubscribableResources } from './subscribable-resources.js';

/** Answers inside the organization's context, by a query that both walls bound. */
export type ResourceCheck = (resourceId: string) => Promise<boolean>;

/** Knows for each topic how to look a resource up; features fill it when they start. What nobody registered is missing. */
@Injectable()
export class ResourceRegistry extends SubscribableResources {
  private readonly checks = new Map<string, readonly ResourceCheck[]>();

  /** Lets clients of a topic subscribe to what `check` finds. */
  register(topic: string, check: ResourceCheck): void {
    this.checks.set(topic, [...(this.checks.get(topic) ?? []), check]);
  }

  override async has(topic: string, resourceId: string): Promise<boolean> {
    if (!isUuid(resourceId)) return false;
    for (const check of this.checks.get(topic) ?? []) if (await check(resourceId)) return true;
    return false;
  }
}
