import { DatabasePools } from '../../src/platform/database/database-pools.js';
import { OneSyncPool } from '../../src/platform/database/one-sync-pool.js';
import type { TestApp } from './test-app.js';

/** Runs `work` and returns the statements that the organization's pool sent meanwhile. */
export async function statementsOf(app: TestApp, work: () => Promise<unknown>): Promise<string[]> {
  const pool = app.get(DatabasePools).app;
  if (!(pool instanceof OneSyncPool)) throw new Error('Statements are counted with row level security on.');
  const seen: string[] = [];
  pool.observer = (_owner, { text }) => seen.push(text);
  try {
    await work();
  } finally {
    pool.observer = undefined;
  }
  return seen;
}
