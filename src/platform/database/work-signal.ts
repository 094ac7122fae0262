import { AsyncLocalStorage } from 'node:async_hooks';

const store = new AsyncLocalStorage<AbortSignal>();

/**
 * Runs `work` under a signal that says when nobody waits for it any more: from then on its transactions are rolled back.
 * @see docs/decisions/2026-11-26-request-time-limit.md
 */
export function runUnderSignal<T>(signal: AbortSignal, work: () => T): T {
  return store.run(signal, work);
}

/** Returns the signal of the current work, to hand to `fetch` and whatever else takes one; none outside of requests. */
export function workSignal(): AbortSignal | undefined {
  return store.getStore();
}
