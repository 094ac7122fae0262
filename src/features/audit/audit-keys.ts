import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Configuration } from '../../platform/config/configuration.js';
import { renderCells } from './audit-chain.js';
import type { ChainHead, Checkpoint } from './audit.types.js';

interface AuditKey {
  /** Of the public key, so that it can be named outside. */
  readonly id: string;
  readonly seal: KeyObject;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** RFC 8410: what stands in front of the 32 bytes of an Ed25519 key in PKCS #8. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const KEY_BYTES = 32;

export type Unsealed = Omit<ChainHead, 'seal'>;
export type Unsigned = Omit<Checkpoint, 'keyId' | 'signature'>;

/** Seals heads and signs checkpoints with keys that are derived from the root key; nobody who has only the database can. */
@Injectable()
export class AuditKeys {
  private readonly current: AuditKey;
  private readonly keys: ReadonlyMap<string, AuditKey>;

  constructor({ rootKeys }: Configuration) {
    const keys = rootKeys.map((root) => deriveKey(Buffer.from(root, 'base64')));
    this.current = keys[0] as AuditKey;
    this.keys = new Map(keys.map((key) => [key.id, key]));
  }

  get currentId(): string {
    return this.current.id;
  }

  /** Returns the public key as PEM, or null if it is none of ours. */
  findPublicKey(id: string): string | null {
    return this.keys.get(id)?.publicKey.export({ type: 'spki', format: 'pem' }).toString() ?? null;
  }

  seal(product: string, organizationId: string, head: Unsealed): string {
    return `${this.current.id}.${macOf(this.current, product, organizationId, head).toString('base64url')}`;
  }

  isSealed(product: string, organizationId: string, { seal, ...head }: ChainHead): boolean {
    const [id = '', mac = ''] = seal?.split('.') ?? [];
    const key = this.keys.get(id);
    const given = Buffer.from(mac, 'base64url');
    const expected = key && macOf(key, product, organizationId, head);
    return expected !== undefined && given.length === expected.length && timingSafeEqual(given, expected);
  }

  sign(checkpoint: Unsigned): Checkpoint {
    const signature = sign(null, Buffer.from(renderCheckpoint(checkpoint)), this.current.privateKey);
    return { ...checkpoint, keyId: this.current.id, signature: signature.toString('base64url') };
  }

  /** Tells whether the signature is ours; `unknown` if it names a key that is not configured (any more). */
  check(checkpoint: Checkpoint): 'valid' | 'forged' | 'unknown' {
    const key = this.keys.get(checkpoint.keyId);
    if (!key) return 'unknown';
    const text = Buffer.from(renderCheckpoint(checkpoint));
    return verify(null, text, key.publicKey, Buffer.from(checkpoint.signature, 'base64url')) ? 'valid' : 'forged';
  }
}

/** What a checkpoint's signature covers. scripts/verify-audit-export.mjs renders the same. */
function renderCheckpoint(checkpoint: Unsigned): string {
  return renderCells([
    'bulkhead.audit.checkpoint.1',
    checkpoint.product,
    checkpoint.organizationId,
    String(checkpoint.sequence),
    checkpoint.hash,
    String(checkpoint.previousSequence),
    checkpoint.createdAt,
  ]);
}

function macOf({ seal }: AuditKey, product: string, organizationId: string, head: Unsealed): Buffer {
  const { sequence, hash, occurredAt, checkpointSequence, checkpointAt } = head;
  const numbers = [sequence, occurredAt, checkpointSequence, checkpointAt].map(String);
  const text = renderCells(['bulkhead.audit.head.1', product, organizationId, hash, ...numbers]);
  return createHmac('sha256', seal).update(text).digest();
}

function deriveKey(root: Buffer): AuditKey {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', root, '', purpose, KEY_BYTES));
  const seed = derive('bulkhead audit checkpoint');
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey);
  const id = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);
  return { id, seal: createSecretKey(derive('bulkhead audit head')), privateKey, publicKey };
}
