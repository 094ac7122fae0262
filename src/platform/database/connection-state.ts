import pg from 'pg';

/** After these, what the connection has prepared does not match the schema any more; a new connection does. */
const STALE_STATEMENT_CODES = new Set(['0A000', '26000']);

/** A refusal by the server leaves the connection usable; anything else (time-out, lost connection) leaves it unknown. */
export function isCleanAfter(error: unknown): boolean {
  return (
    error instanceof pg.DatabaseError && error.severity === 'ERROR' && !STALE_STATEMENT_CODES.has(error.code ?? '')
  );
}
