/** One step of work on a resource, as its dashboards see it. */
export interface Update {
  /** The namespace whose subscribers see it, without the slash: `seo-audit`. */
  readonly topic: string;
  /** The job, report or board that it is about. */
  readonly resourceId: string;
  /** What happened, e.g. `progress`. */
  readonly type: string;
  readonly status: string;
  /** 0 to 100; null where nobody can tell. */
  readonly progress: number | null;
  /** What subscribers may see of the result; never a secret. */
  readonly result?: unknown;
}

/** Port: tells the subscribers of a resource of the current organization what happened to it, on every node. */
export abstract class UpdatePublisher {
  /** @throws ORGANIZATION_CONTEXT_MISSING outside an organization. */
  abstract publish(update: Update): Promise<void>;
}
