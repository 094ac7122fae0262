import pg from 'pg';
import type { DriverContext } from './driver-context.js';

/** Name under which each connection has {@link SET_CONTEXT} prepared. */
export const CONTEXT_STATEMENT = 'bulkhead_context';

/** Tells the transaction for whom it runs. Local (`true`): gone with the transaction, so a pooled connection keeps nothing. */
export const SET_CONTEXT = setContext(['$1', '$2', '$3']);

/** @param values - product, organization and actor as SQL: parameters or literals */
export function setContext([product, organization, actor]: readonly [string, string, string]): string {
  return `SELECT set_config('app.product', ${product}, true), set_config('app.organization_id', ${organization}, true), set_config('app.actor_id', ${actor}, true)`;
}

export type StatementCallback = (error: Error | null, result: pg.QueryArrayResult) => void;

/** The part of pg's connection and query that is used here; pg publishes the classes but not these types. */
interface WireConnection {
  parse(message: { text: string; name: string }): void;
  bind(message: {
    statement: string;
    portal: string;
    values: readonly string[];
    valueMapper: (value: string) => string;
  }): void;
  execute(message: { portal: string }): void;
}
interface WireQuery {
  prepare(connection: WireConnection): void;
  requiresPreparation(): boolean;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: WireConnection): void;
}
const Query = pg.Query as unknown as new (
  config: pg.QueryConfig,
  values: undefined,
  done: StatementCallback,
) => WireQuery;

/**
 * A statement that is sent together with its context: both before ONE Sync, so PostgreSQL runs them as one implicit
 * transaction in one round trip. An error rolls both back and leaves the connection clean.
 * @see docs/decisions/2026-11-21-one-sync-pool.md
 */
export class ContextQuery extends Query {
  private isContextSet = false;

  constructor(
    private readonly owner: DriverContext,
    config: pg.QueryConfig,
    private readonly isContextPrepared: boolean,
    done: StatementCallback,
  ) {
    super(config, undefined, done);
  }

  /** Always the extended protocol: the simple one would let a statement smuggle in a second. */
  override requiresPreparation(): boolean {
    return true;
  }

  override prepare(connection: WireConnection): void {
    const statement = this.isContextPrepared ? CONTEXT_STATEMENT : '';
    if (!this.isContextPrepared) connection.parse({ text: SET_CONTEXT, name: '' });
    const { product, organizationId, actorId } = this.owner;
    connection.bind({
      statement,
      portal: '',
      values: [product, organizationId, actorId],
      valueMapper: (value) => value,
    });
    // No Describe: the one row of set_config comes without a description and is dropped below.
    connection.execute({ portal: '' });
    super.prepare(connection);
  }

  override handleDataRow(message: unknown): void {
    if (this.isContextSet) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: WireConnection): void {
    if (this.isContextSet) super.handleCommandComplete(message, connection);
    this.isContextSet = true;
  }
}
