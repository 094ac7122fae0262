import pg from 'pg';
import { CONTEXT_STATEMENT, ContextQuery, SET_CONTEXT, setContext } from './context-query.js';
import { type DriverContext, requireDriverContext } from './driver-context.js';

/**
 * How the context travels: `named` and `unnamed` in the statement's own round trip (unnamed for poolers that do not
 * follow prepared statements), `awaited` as BEGIN, set_config, statement, COMMIT.
 */
export type ContextMode = 'named' | 'unnamed' | 'awaited';

export interface OneSyncPoolConfig extends pg.PoolConfig {
  readonly contextMode: ContextMode;
}

/** Sees every statement with its owner, before it is sent. For the start-up self-test, counters and tests. */
export type StatementObserver = (
  owner: DriverContext,
  statement: { readonly text: string; readonly values?: unknown[] },
) => void;

/** After these, what the connection has prepared does not match the schema any more; a new connection does. */
const STALE_STATEMENT_CODES = new Set(['0A000', '26000']);

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
    this.connect = this.checkOut.bind(this) as typeof this.connect;
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
    return new Promise((resolve, reject) => {
      const query = new ContextQuery(owner, config, this.contextMode === 'named', (error, result) =>
        error ? reject(error) : resolve(result),
      );
      client.query(query as unknown as pg.Submittable);
    });
  }

  /** Hands out a connection for a transaction: its BEGIN sets the context in the same round trip. */
  private async checkOut(): Promise<pg.PoolClient> {
    const owner = requireDriverContext();
    const client = await this.checkOutBare();
    const query = client.query.bind(client) as (config: unknown, ...rest: unknown[]) => Promise<pg.QueryResult>;
    const release = client.release.bind(client);
    const guarded = async (config: string | pg.QueryConfig, ...rest: unknown[]): Promise<pg.QueryResult> => {
      const text = typeof config === 'string' ? config : config.text;
      this.observer?.(owner, { text, values: typeof config === 'string' ? [] : (config.values ?? []) });
      if (!/^BEGIN\b/i.test(text)) return await query(this.contextMode === 'named' ? config : unnamed(config), ...rest);
      const results = (await query(`${text}; ${this.contextOf(client, owner)}`)) as unknown as pg.QueryResult[];
      return results[0] as pg.QueryResult;
    };
    client.query = guarded as typeof client.query;
    client.release = (error?: Error | boolean) => {
      client.query = query as typeof client.query;
      const isIdle = client.getTransactionStatus() === 'I';
      release(error ?? (isIdle ? undefined : new Error('The connection came back inside a transaction.')));
    };
    return client;
  }

  /** The simple protocol, which takes several statements at once, knows no parameters. */
  private contextOf(client: pg.PoolClient, { product, organizationId, actorId }: DriverContext): string {
    const literal = (value: string) => client.escapeLiteral(value);
    return setContext([literal(product), literal(organizationId), literal(actorId)]);
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

function unnamed(config: string | pg.QueryConfig): string | pg.QueryConfig {
  if (typeof config === 'string') return config;
  const { name: _name, ...rest } = config;
  return rest;
}

function ignore(): void {}

/** A refusal by the server leaves the connection usable; anything else (time-out, lost connection) leaves it unknown. */
function isCleanAfter(error: unknown): boolean {
  return (
    error instanceof pg.DatabaseError && error.severity === 'ERROR' && !STALE_STATEMENT_CODES.has(error.code ?? '')
  );
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
