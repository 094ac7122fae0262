import { createHash, createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import { type Actor, type EntryPoint, isUuid } from '../context/organization-context.js';
import { JobRefusedError } from './job.errors.js';

/** The ids, and only ids, that a job carries so that its door can open the context. */
export interface JobStamp {
  readonly product: string;
  /** Null for a job that was queued where no organization was known. */
  readonly organizationId: string | null;
  readonly actor: Exclude<Actor, { type: 'anonymous' }>;
  /** The door through which the actor asked for it. */
  readonly entryPoint: EntryPoint;
  readonly name: string;
  readonly jobId: string;
  /** Of the job's data; see {@link digestOf}. */
  readonly digest: string;
}

/** What stands in the queue. */
export interface StampedJob {
  readonly stamp: JobStamp;
  readonly signature: string;
}

interface SigningKey {
  readonly id: string;
  readonly key: KeyObject;
}

const VERSION = 'v1';

/**
 * Signs stamps as `v1.<key id>.<mac>` (HMAC-SHA-256), by a key derived from a root key.
 * The first root key signs; all of them verify, so that one can be rotated while jobs wait.
 */
export class JobStamper {
  private readonly current: SigningKey;
  private readonly keys: ReadonlyMap<string, SigningKey>;

  /** @param roots - root keys, 32 bytes each in base64; the current one first */
  constructor(roots: readonly [string, ...string[]]) {
    const keys = roots.map(toSigningKey);
    this.current = keys[0] as SigningKey;
    this.keys = new Map(keys.map((key) => [key.id, key]));
  }

  sign(stamp: JobStamp): string {
    return [VERSION, this.current.id, macOf(stamp, this.current.key)].join('.');
  }

  /**
   * Reads a message that came from outside the process.
   * @throws JOB_UNSIGNED if it has no readable stamp and signature, JOB_TAMPERED if they do not belong together.
   */
  verify(message: unknown): JobStamp {
    const { stamp, signature } = (message ?? {}) as Partial<StampedJob>;
    if (typeof signature !== 'string' || !isStamp(stamp)) throw new JobRefusedError('JOB_UNSIGNED');
    const [version, keyId = '', mac = '', ...rest] = signature.split('.');
    const key = this.keys.get(keyId);
    if (version !== VERSION || rest.length > 0) throw new JobRefusedError('JOB_UNSIGNED');
    if (!key || !isSame(mac, macOf(stamp, key.key))) throw new JobRefusedError('JOB_TAMPERED');
    return stamp;
  }
}

/** Digests data so that equal data gives an equal digest, in whatever order a database returns its fields. */
export function digestOf(data: unknown): string {
  return createHash('sha256')
    .update(canonical(JSON.parse(JSON.stringify(data))))
    .digest('base64url');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`;
}

function toSigningKey(base64: string): SigningKey {
  const key = Buffer.from(hkdfSync('sha256', Buffer.from(base64, 'base64'), '', 'job stamps', 32));
  // Of the derived key: what an id tells of a key must not be told of the root.
  return { key: createSecretKey(key), id: createHash('sha256').update(key).digest('base64url').slice(0, 8) };
}

// Length-prefixed, so that no two stamps give the same bytes.
function macOf({ product, organizationId, actor, entryPoint, name, jobId, digest }: JobStamp, key: KeyObject): string {
  const maker = actor.type === 'apiKey' ? actor.userId : '';
  const parts = [VERSION, product, organizationId ?? '', actor.type, actor.id, maker, entryPoint, name, jobId, digest];
  const text = parts.map((part) => `${part.length}:${part}`).join('|');
  return createHmac('sha256', key).update(text).digest('base64url');
}

function isSame(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}

const ENTRY_POINTS: readonly unknown[] = ['http', 'socket', 'job', 'cli'];

function isStamp(value: unknown): value is JobStamp {
  if (typeof value !== 'object' || value === null) return false;
  const { product, organizationId, actor, entryPoint, name, jobId, digest } = value as Partial<JobStamp>;
  const texts: unknown[] = [product, name, digest];
  if (!texts.every((text) => typeof text === 'string' && text !== '')) return false;
  if (!isUuid(jobId) || !(organizationId === null || isUuid(organizationId))) return false;
  return ENTRY_POINTS.includes(entryPoint) && isActor(actor);
}

function isActor(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { type, id, userId } = value as { type?: unknown; id?: unknown; userId?: unknown };
  if (!isUuid(id)) return false;
  return type === 'apiKey' ? isUuid(userId) : type === 'user' || type === 'system';
}
