import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/** What a delivery says of itself, under the names of Standard Webhooks or those of svix. */
export interface DeliveryHeaders {
  readonly id: string;
  readonly sentAt: Date;
  /** `v1,<base64>`, several of them separated by spaces. */
  readonly signatures: readonly string[];
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

// The signed text is `<id>.<timestamp>.<body>`: with a dot in the id, one text could be read in two ways.
const ID = /^[\w-]{1,200}$/;
const TIMESTAMP = /^\d{10}$/;
/** A sender that changes its secret signs by two or three. */
const MAX_SIGNATURES = 10;
const TOLERANCE_MS = 5 * 60_000;

/** Returns the headers of a delivery, or null if they are not complete and well-formed. */
export function readDeliveryHeaders(headers: Headers): DeliveryHeaders | null {
  const prefix = headers['webhook-id'] === undefined ? 'svix' : 'webhook';
  const [id, timestamp, signature] = ['id', 'timestamp', 'signature'].map((name) => headers[`${prefix}-${name}`]);
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signature !== 'string') return null;
  if (!ID.test(id) || !TIMESTAMP.test(timestamp)) return null;
  const signatures = signature.split(' ').slice(0, MAX_SIGNATURES);
  return { id, sentAt: new Date(Number(timestamp) * 1_000), signatures };
}

/**
 * Verifies deliveries by Standard Webhooks, version 1: HMAC-SHA-256 of the bytes as they came, compared in constant time.
 * Written here because the library signs the body's text, which other bytes can share, and compares by code of its own.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export class WebhookSignature {
  private readonly keys: readonly KeyObject[];

  /** @param secrets - `whsec_…`; each of them verifies */
  constructor(secrets: readonly string[]) {
    this.keys = secrets.map((secret) => createSecretKey(secret.replace(/^whsec_/, ''), 'base64'));
  }

  /** Tells whether one of the signatures is by one of the secrets, and its time at most 5 minutes away. */
  isValid({ id, sentAt, signatures }: DeliveryHeaders, body: Buffer, nowMs = Date.now()): boolean {
    if (Math.abs(nowMs - sentAt.getTime()) > TOLERANCE_MS) return false;
    const expected = this.keys.map((key) =>
      createHmac('sha256', key)
        .update(`${id}.${sentAt.getTime() / 1_000}.`)
        .update(body)
        .digest(),
    );
    const given = signatures
      .filter((text) => text.startsWith('v1,'))
      .map((text) => Buffer.from(text.slice(3), 'base64'));
    return given.some((mac) => expected.some((own) => mac.length === own.length && timingSafeEqual(mac, own)));
  }
}
