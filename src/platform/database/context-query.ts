import pg from 'pg';
import type { DriverContext } from './driver-context.js';

/**
 * How the context travels: `named` and `unnamed` in the statement's own round trip (unnamed for poolers that do not
 * follow prepared statements), `awaited` as BEGIN, set_config, statement, COMMIT.
 */
export type ContextMode = 'named' | 'unnamed' | 'awaited';

/** Name under which each connection has {@link SET_CONTEXT} prepared. */
export const CONTEXT_STATEMENT = 'bulkhead_context';

/**
 * Tells the transaction for whom it runs: product, organization, actor. Local (`true`): gone with the transaction, so a
 * pooled connection keeps nothing.
 */
export const SET_CONTEXT = `SELECT set_config('app.product', $1, true), set_config('app.organization_id', $2, true), set_config('app.actor_id', $3, true)`;

export type StatementCallback = (error: Error | null, result: pg.QueryArrayResult) => void;

/** The part of pg's connection, query and result that is used here; pg publishes the classes but not these types. */
interface WireConnection {
  parse(message: { text: string; name: string }): void;
  bind(message: {
    statement: string;
    portal: string;
    values: readonly string[];
    valueMapper: (value: string) => string;
  }): void;
  execute(message: { portal: string }): void;
  describe(message: unknown): void;
  _send(message: Buffer): void;
}
interface WireResult {
  fields: unknown;
  _parsers: unknown;
  _prebuiltEmptyResultObject: unknown;
}
interface WireQuery {
  name: string | undefined;
  types: unknown;
  _rowMode: string | undefined;
  _result: WireResult;
  _results: WireResult;
  _accumulateRows: boolean;
  prepare(connection: WireConnection): void;
  submit(connection: WireConnection): Error | null;
  requiresPreparation(): boolean;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: WireConnection): void;
  handleReadyForQuery(connection: WireConnection): void;
}
const Query = pg.Query as unknown as new (text: string, values: unknown, done: StatementCallback) => WireQuery;
const Result = (pg as unknown as { Result: new (rowMode: string | undefined, types: unknown) => WireResult }).Result;

/** What PostgreSQL said of the rows of a prepared statement, and how they are read. */
interface Description {
  readonly rowMode: string | undefined;
  readonly result: WireResult;
}

/** A connection's messages of one statement, held back to be sent at once, and what is known of its statements. */
class Outbox {
  private static readonly known = new WeakMap<WireConnection, Outbox>();
  /** The statements described so far. Their table changed: the statement fails (0A000), the connection goes. */
  readonly described = new Map<string, Description>();
  /** The connection, but that nothing is sent yet. */
  readonly connection: WireConnection;
  private isDescribeSent = true;
  private readonly messages: Buffer[] = [];

  private constructor(private readonly wire: WireConnection) {
    this.connection = Object.create(wire, {
      _send: { value: (message: Buffer) => this.messages.push(message) },
      describe: { value: (message: unknown) => this.isDescribeSent && wire.describe.call(this.connection, message) },
    }) as WireConnection;
  }

  static of(wire: WireConnection): Outbox {
    const outbox = Outbox.known.get(wire) ?? new Outbox(wire);
    Outbox.known.set(wire, outbox);
    return outbox;
  }

  /** Begins a statement. What one that broke halfway left here must never be sent with another's. */
  begin(isDescribeSent: boolean): void {
    this.messages.length = 0;
    this.isDescribeSent = isDescribeSent;
  }

  /** One write: gathering many small buffers costs the system call more than copying them. */
  flush(): void {
    this.wire._send(Buffer.concat(this.messages));
    this.messages.length = 0;
  }
}

/**
 * A statement whose connection asks only once what its rows look like.
 * @remarks pg asks each time, which costs PostgreSQL and Node about a tenth of a short read.
 */
export class DescribedQuery extends Query {
  private isDescribed = false;

  constructor(config: pg.QueryConfig & { readonly rowMode?: string }, done: StatementCallback) {
    // Text and values apart: of a config object, pg makes a copy that is slow to read ever after.
    super(config.text, config.values, done);
    this.name = config.name;
    this.types = config.types;
    this._rowMode = config.rowMode;
    this._results = this._result = new Result(config.rowMode, config.types);
  }

  /** Always the extended protocol: the simple one would let a statement smuggle in a second. */
  override requiresPreparation(): boolean {
    return true;
  }

  override submit(wire: WireConnection): Error | null {
    const outbox = Outbox.of(wire);
    const description = this.name === undefined ? undefined : outbox.described.get(this.name);
    this.isDescribed = description !== undefined && description.rowMode === this._rowMode;
    if (this.isDescribed) {
      Object.assign(this._result, description?.result);
      this._accumulateRows = true;
    }
    outbox.begin(!this.isDescribed);
    const refusal = super.submit(outbox.connection);
    outbox.flush();
    return refusal;
  }

  override handleReadyForQuery(wire: WireConnection): void {
    if (this.name !== undefined && !this.isDescribed) {
      const { fields, _parsers, _prebuiltEmptyResultObject } = this._result;
      const result = { fields, _parsers, _prebuiltEmptyResultObject };
      Outbox.of(wire).described.set(this.name, { rowMode: this._rowMode, result });
    }
    super.handleReadyForQuery(wire);
  }
}

/** Sends a statement, and resolves to its result. */
export function submit(
  client: pg.ClientBase,
  toQuery: (done: StatementCallback) => DescribedQuery,
): Promise<pg.QueryResult> {
  return new Promise((resolve, reject) => {
    client.query(toQuery((error, result) => (error ? reject(error) : resolve(result))) as unknown as pg.Submittable);
  });
}

export interface ContextQueryOptions {
  /** Whether the connection has {@link CONTEXT_STATEMENT}. */
  readonly isContextPrepared: boolean;
  /** Opens a transaction as well; it stays open after the statement. */
  readonly isBegin: boolean;
}

/**
 * A statement that is sent together with its context: both before ONE Sync, so PostgreSQL runs them as one implicit
 * transaction in one round trip. An error rolls both back and leaves the connection clean.
 * @see docs/decisions/2026-11-21-one-sync-pool.md
 */
export class ContextQuery extends DescribedQuery {
  /** Statements of ours whose end was not seen yet: what comes before theirs is not the caller's. */
  private ahead: number;

  constructor(
    private readonly owner: DriverContext,
    config: pg.QueryConfig,
    private readonly options: ContextQueryOptions,
    done: StatementCallback,
  ) {
    super(config, done);
    this.ahead = options.isBegin ? 2 : 1;
  }

  override prepare(connection: WireConnection): void {
    const { isBegin, isContextPrepared } = this.options;
    if (isBegin) sendAhead(connection, { text: 'BEGIN', values: [] });
    const { product, organizationId, actorId } = this.owner;
    const context = isContextPrepared ? { name: CONTEXT_STATEMENT } : { text: SET_CONTEXT };
    sendAhead(connection, { ...context, values: [product, organizationId, actorId] });
    super.prepare(connection);
  }

  override handleDataRow(message: unknown): void {
    if (this.ahead === 0) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: WireConnection): void {
    if (this.ahead === 0) super.handleCommandComplete(message, connection);
    else this.ahead -= 1;
  }
}

/** Runs a statement without Describe: its rows come without a description, and are dropped. */
function sendAhead(
  connection: WireConnection,
  sent: { name?: string; text?: string; values: readonly string[] },
): void {
  const { name = '', text, values } = sent;
  if (text !== undefined) connection.parse({ text, name });
  connection.bind({ statement: name, portal: '', values, valueMapper: asIs });
  connection.execute({ portal: '' });
}

function asIs(value: string): string {
  return value;
}
