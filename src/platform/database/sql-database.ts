import type { OneSyncPool } from './one-sync-pool.js';
import { type DriverContext, runAsDriver } from './driver-context.js';
import { statementName } from './statement-names.js';

/** Runs written SQL on one pool for an owner that the subclass knows. */
export abstract class SqlDatabase {
  protected constructor(private readonly pool: OneSyncPool) {}

  /** Returns the rows of one statement. One round trip. */
  protected async rows<Row>(owner: DriverContext, text: string, values: readonly unknown[]): Promise<Row[]> {
    return await runAsDriver(owner, async () => {
      const result = await this.pool.query({ name: statementName(text), text, values: [...values] });
      return result.rows as Row[];
    });
  }
}
