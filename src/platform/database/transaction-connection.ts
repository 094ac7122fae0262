import type pg from 'pg';
import { fenceStatement } from './commit-fence.js';
import { isCleanAfter } from './connection-state.js';
import { type ContextMode, ContextQuery, DescribedQuery, SET_CONTEXT, submit } from './context-query.js';
import type { DriverContext } from './driver-context.js';

const NOTHING = { rows: [], fields: [], rowCount: 0, command: '', oid: 0 } satisfies pg.QueryArrayResult;

/**
 * A connection for the length of one transaction. BEGIN and the context cost no round trip: they travel with the first
 * statement. What did not come back clean is destroyed.
 */
export class TransactionConnection {
  private state: 'before' | 'announced' | 'open' = 'before';
  private pending = 0;
  private isReleased = false;
  private failure: Error | undefined;

  constructor(
    private readonly client: pg.PoolClient,
    private readonly owner: DriverContext,
    private readonly mode: ContextMode,
    private readonly observe: (config: pg.QueryConfig) => void,
  ) {}

  async query(statement: string | pg.QueryConfig): Promise<pg.QueryResult> {
    const config = typeof statement === 'string' ? { text: statement, values: [] } : { ...statement };
    if (this.mode !== 'named') delete config.name;
    this.observe(config);
    if (/^BEGIN\b/i.test(config.text)) {
      this.state = 'announced';
      return NOTHING;
    }
    if (this.isReleased) throw new Error('This transaction has ended: its connection serves others now.');
    // After a time-out the answer may still come: nothing more is sent, not even ROLLBACK.
    if (this.failure) throw this.failure;
    this.pending += 1;
    try {
      if (this.state === 'open' && /^COMMIT\b/i.test(config.text)) await this.passFence();
      return await this.send(config);
    } catch (error) {
      if (!isCleanAfter(error)) this.failure = error as Error;
      throw error;
    } finally {
      this.pending -= 1;
    }
  }

  release(error?: Error | boolean): void {
    this.isReleased = true;
    const isClean = !this.failure && this.pending === 0 && this.client.getTransactionStatus() === 'I';
    this.client.release(
      error ?? this.failure ?? (isClean ? undefined : new Error('It came back inside a transaction.')),
    );
  }

  on(event: 'error', listener: (error: Error) => void): this {
    this.client.on(event, listener);
    return this;
  }

  removeListener(event: 'error', listener: (error: Error) => void): this {
    this.client.removeListener(event, listener);
    return this;
  }

  /** Refused, the transaction stays open: its connection is destroyed, and PostgreSQL rolls back. */
  private async passFence(): Promise<void> {
    const { fence, product } = this.owner;
    if (!fence) return;
    const { rowCount } = await this.send(fenceStatement(fence, product));
    if (rowCount === 1) return;
    fence.isRefused = true;
    throw new Error('This work was given to another process meanwhile.');
  }

  private async send(config: pg.QueryConfig): Promise<pg.QueryResult> {
    if (this.state !== 'announced') return await submit(this.client, (done) => new DescribedQuery(config, done));
    // Before anything is awaited: a second statement, made at the same time, comes after it.
    this.state = 'open';
    if (/^(COMMIT|ROLLBACK)\b/i.test(config.text)) return NOTHING;
    if (this.mode === 'awaited') return await this.sendEach(config);
    const options = { isBegin: true, isContextPrepared: this.mode === 'named' };
    return await submit(this.client, (done) => new ContextQuery(this.owner, config, options, done));
  }

  /** All three are handed over at once, so that a second statement cannot come between them. */
  private async sendEach(config: pg.QueryConfig): Promise<pg.QueryResult> {
    const { product, organizationId, actorId } = this.owner;
    const [, , result] = await Promise.all([
      this.client.query('BEGIN'),
      this.client.query(SET_CONTEXT, [product, organizationId, actorId]),
      submit(this.client, (done) => new DescribedQuery(config, done)),
    ]);
    return result;
  }
}
