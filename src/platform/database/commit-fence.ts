import { AsyncLocalStorage } from 'node:async_hooks';
import type pg from 'pg';

/**
 * A statement that every transaction of one piece of work runs last, before COMMIT. If it finds its row, the row and the
 * work count together; if it does not, the work was given to somebody else meanwhile and is rolled back.
 * @see docs/decisions/2026-11-23-idempotency-keys.md
 */
export interface CommitFence {
  readonly id: string;
  /** Which of the processes that took the work up one after the other this is. */
  readonly attempt: number;
  /** Set when a transaction was refused: another process has the work. */
  isRefused: boolean;
}

const store = new AsyncLocalStorage<CommitFence>();

/** Runs `work` so that its transactions commit through `fence`. */
export function runFenced<T>(fence: CommitFence, work: () => Promise<T>): Promise<T> {
  return store.run(fence, work);
}

export function currentFence(): CommitFence | undefined {
  return store.getStore();
}

/** The fence's statement, for a transaction that is open for `product`. */
export function fenceStatement(fence: CommitFence, product: string): pg.QueryConfig {
  return {
    text: 'UPDATE idempotency_keys SET effect_at = now() WHERE product = $1 AND id = $2 AND attempt = $3',
    values: [product, fence.id, fence.attempt],
  };
}
