import pg from 'pg';
import { isCleanAfter } from './connection-state.js';
import { CONTEXT_STATEMENT, type ContextMode, ContextQuery, SET_CONTEXT, submit } from './context-query.js';
import { type DriverContext, requireDriverContext } from './driver-context.js';
import { TransactionConnection } from './transaction-connection.js';

export interface OneSyncPoolConfig extends pg.PoolConfig {
  readonly contextMode: ContextMode;
}

/** Sees every statement with its owner, before it is sent. For the start-up self-test, counters and tests. */
export type StatementObserver = (
  owner: DriverContext,
  statement: { readonly text: string; readonly values?: unknown[] },
) => void;

/**
 * A pool whose every statement and transaction carries product, organization and actor to the database.
 * A statement without an owner is refused; a connection that did not come back clean is destroyed.
 */
export class OneSyncPool extends pg.Pool {
  observer: StatementObserver | undefined;
  private readonly contextMode: ContextMode;

  constructor({ contextMode, ...config }: OneSyncPoolConfig) {
    super(contextMode === 'named' ? { ...config, ...prepareOnConnect } : config);
    this.contextMode = contextMode;
    // Assigned, not overridden: pg declares both with overloads for callbacks, which nothing here uses.
    this.query = this.runStatement.bind(this) as typeof this.query;
    this.connect = this.checkOut.bind(this) as unknown as typeof this.connect;
  }

  private async runStatement(statement: string | pg.QueryConfig, values?: unknown[]): Promise<pg.QueryResult> {
    const owner = requireDriverContext();
    const config = typeof statement === 'string' ? { text: statement, values: values ?? [] } : { ...statement };
    this.observer?.(owner, config);
    if (this.contextMode !== 'named') delete config.name;
    const client = await this.checkOutBare();
    // A connection that breaks fails its statement and is announced as well; unheard, that would end the process.
    client.on('error', ignore);
    try {
      const result = await (this.contextMode === 'awaited'
        ? awaitEach(client, owner, config)
        : this.sendTogether(client, owner, config));
      client.off('error', ignore);
      client.release();
      return result;
    } catch (error) {
      const isReusable = isCleanAfter(error) && client.getTransactionStatus() === 'I';
      if (isReusable) client.off('error', ignore);
      client.release(isReusable ? undefined : asError(error));
      throw error;
    }
  }

  private sendTogether(client: pg.PoolClient, owner: DriverContext, config: pg.QueryConfig): Promise<pg.QueryResult> {
    const options = { isBegin: false, isContextPrepared: this.contextMode === 'named' };
    return submit(client, (done) => new ContextQuery(owner, config, options, done));
  }

  /** Hands out a connection for a transaction. */
  private async checkOut(): Promise<TransactionConnection> {
    const owner = requireDriverContext();
    const client = await this.checkOutBare();
    const connection = new TransactionConnection(client, owner, this.contextMode, (config) =>
      this.observer?.(owner, config),
    );
    if (owner.opened) owner.opened.connection = connection;
    return connection;
  }

  private checkOutBare(): Promise<pg.PoolClient> {
    return super.connect();
  }
}

const prepareOnConnect = {
  onConnect: async (client: pg.ClientBase) => {
    await client.query({ name: CONTEXT_STATEMENT, text: SET_CONTEXT, values: ['', '', ''] });
  },
};

async function awaitEach(client: pg.PoolClient, owner: DriverContext, config: pg.QueryConfig): Promise<pg.QueryResult> {
  await client.query('BEGIN');
  try {
    await client.query(SET_CONTEXT, [owner.product, owner.organizationId, owner.actorId]);
    // Extended: the simple protocol would let a statement smuggle in a second.
    const result = await client.query({ ...config, queryMode: 'extended' } as pg.QueryConfig);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // Where even this fails, the connection does not go back to the pool: its status tells.
    await client.query('ROLLBACK').catch(ignore);
    throw error;
  }
}

function ignore(): void {}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
