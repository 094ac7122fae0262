import { AsyncLocalStorage } from 'node:async_hooks';
import type pg from 'pg';
import type { CommitFence } from './commit-fence.js';

/** For whom the statements below run: what the database is told with each of them. */
export interface DriverContext {
  readonly product: string;
  /** Empty string: none; the policies then match no row. */
  readonly organizationId: string;
  readonly actorId: string;
  /** What a transaction of theirs must pass to be committed. */
  readonly fence?: CommitFence;
  /** Where a pool leaves the connection of a transaction, for statements that do not go through Prisma. */
  readonly opened?: { connection?: { query(config: pg.QueryConfig): Promise<pg.QueryResult> } };
}

// Private to the database folder. The isolation extension opens it with the ids it captured when the call was made;
// the pools read it and nothing else, because batching can run one request's statement in another request's context.
const store = new AsyncLocalStorage<DriverContext>();

/** Runs `work` so that every statement it sends carries `context`. */
export function runAsDriver<T>(context: DriverContext, work: () => Promise<T>): Promise<T> {
  return store.run(context, work);
}

/** @throws Error if a statement was sent outside {@link runAsDriver}: it would have no owner. */
export function requireDriverContext(): DriverContext {
  const context = store.getStore();
  if (!context)
    throw new Error('A statement reached the driver without an owner: it was not sent through the isolated client.');
  return context;
}
