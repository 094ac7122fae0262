/** What the database's refusal means to a caller. */
export type DatabaseFault =
  /** Another row has this value already. */
  | { readonly kind: 'conflict'; readonly constraint: string | null }
  /** A foreign key points to nothing in this organization. */
  | { readonly kind: 'missing-reference'; readonly constraint: string | null }
  /** The row to change is not there, or not this organization's. */
  | { readonly kind: 'not-found' }
  /** A value that the column cannot hold. */
  | { readonly kind: 'bad-value' }
  /** A rule that one of our own triggers keeps; `state` tells which. */
  | { readonly kind: 'refused'; readonly state: string }
  /** It took too long, or another transaction was in the way: trying again may help. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'unavailable' };

const PRISMA_UNAVAILABLE = new Set(['P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2037']);
// A failure of COMMIT reaches us as the adapter's own error: Prisma gives codes to those of statements only.
const ADAPTER_FAULTS: Readonly<Record<string, 'unavailable' | 'busy'>> = {
  ConnectionClosed: 'unavailable',
  DatabaseNotReachable: 'unavailable',
  SocketTimeout: 'unavailable',
  TlsConnectionError: 'unavailable',
  TooManyConnections: 'unavailable',
  TransactionAlreadyClosed: 'unavailable',
  TransactionWriteConflict: 'busy',
};
const SOCKET_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);
// pg gives these no code, or (a plan that a migration made stale) one that means other things as well.
const LOST_CONNECTION =
  /timeout exceeded when trying to connect|Connection terminated|connection error and is not queryable|Query read timeout|Client was closed|came back inside a transaction|cached plan must not change result type/i;

interface Details {
  readonly code?: unknown;
  readonly constraint?: unknown;
  readonly message?: unknown;
  readonly kind?: unknown;
  readonly originalCode?: unknown;
  readonly originalMessage?: unknown;
  readonly cause?: unknown;
  readonly meta?: { readonly driverAdapterError?: { readonly cause?: unknown } };
}

/** Tells what an error of Prisma or pg means, or null if it does not come from the database. */
export function toDatabaseFault(error: unknown): DatabaseFault | null {
  if (typeof error !== 'object' || error === null) return null;
  const outer = error as Details;
  const inner = causeOf(outer);
  const constraint = constraintName(inner) ?? constraintName(outer);
  for (const code of strings(outer.code, inner.originalCode, inner.code)) {
    const fault = fromPrismaCode(code, constraint) ?? fromSqlState(code, constraint);
    if (fault) return fault;
  }
  const [kind] = strings(inner.kind).map((name) => ADAPTER_FAULTS[name]);
  if (kind) return { kind };
  const messages = strings(outer.message, inner.message, inner.originalMessage);
  return messages.some((message) => LOST_CONNECTION.test(message)) ? { kind: 'unavailable' } : null;
}

function causeOf({ meta, cause }: Details): Details {
  return meta?.driverAdapterError?.cause ?? cause ?? {};
}

function strings(...values: unknown[]): string[] {
  return values.filter((value) => typeof value === 'string');
}

function fromPrismaCode(code: string, constraint: string | null): DatabaseFault | null {
  if (code === 'P2025') return { kind: 'not-found' };
  if (code === 'P2002') return { kind: 'conflict', constraint };
  if (code === 'P2003') return { kind: 'missing-reference', constraint };
  return PRISMA_UNAVAILABLE.has(code) ? { kind: 'unavailable' } : null;
}

function fromSqlState(state: string, constraint: string | null): DatabaseFault | null {
  if (SOCKET_ERRORS.has(state)) return { kind: 'unavailable' };
  switch (state) {
    case '23505':
      return { kind: 'conflict', constraint };
    case '23503':
      return { kind: 'missing-reference', constraint };
    case '42501':
      return { kind: 'not-found' };
    case '22021': // NUL byte or malformed UTF-8
    case '22P05': // untranslatable character
    case '22P02': // malformed text of a type
    case '22001': // too long
    case '22003': // number out of range
    case '22007': // malformed time
    case '22008': // time out of range
    case '23514': // check constraint
      return { kind: 'bad-value' };
    case '26000': // a prepared statement that the connection does not have (any more)
      return { kind: 'unavailable' };
    case '57014': // statement time-out
    case '55P03': // lock time-out
    case '40001': // serialization
    case '40P01': // deadlock
      return { kind: 'busy' };
    case 'OW001': // an organization keeps an owner
      return { kind: 'refused', state };
    default:
      // 08: connection, 53: out of resources, 57P: shutting down or starting, 58: disk
      return /^(08|53|57P|58)/.test(state) ? { kind: 'unavailable' } : null;
  }
}

/** Prisma's adapter gives the constraint as an index name or as the fields of its key. */
function constraintName({ constraint }: Details): string | null {
  if (typeof constraint === 'string') return constraint;
  if (typeof constraint !== 'object' || constraint === null) return null;
  const { index, fields } = constraint as { index?: unknown; fields?: unknown };
  if (typeof index === 'string') return index;
  return Array.isArray(fields) ? fields.join(',') : null;
}
