import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { isUuid } from '../../tenancy/index.js';

/** What every key begins with: scanners for leaked secrets find it by this, and the door tells it from a token. */
export const KEY_MARK = 'bk_';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_BYTES = 32;
/** Digits of 62 that hold 32 bytes, and that hold a CRC-32. */
const LONG = 43;
const SHORT = 6;
const FORM = new RegExp(
  `^${KEY_MARK}([a-z0-9]{1,50})_([0-9A-Za-z]{${LONG}})_([0-9A-Za-z]{${LONG}})_([0-9A-Za-z]{${SHORT}})$`,
);
const SHOWN_ID_DIGITS = 10;

/** Which key it is, and who made it. */
export interface KeyIdentity {
  readonly product: string;
  readonly keyId: string;
  readonly userId: string;
}

/** A key as it is shown once, and what is stored of it. */
export interface IssuedKey {
  readonly key: string;
  /** Its beginning, to recognize it by. Tells nothing of the secret. */
  readonly prefix: string;
  readonly digest: string;
}

/**
 * Makes a key: `bk_<product>_<key id and its maker's id>_<secret>_<checksum>`.
 * @remarks The maker's id stands in it because the door may look at one person's rows only, and must know whose. It is no
 * secret: every member sees it.
 */
export function issueKey({ product, keyId, userId }: KeyIdentity): IssuedKey {
  const ids = encode(Buffer.from(`${keyId}${userId}`.replaceAll('-', ''), 'hex'));
  const unchecked = `${KEY_MARK}${product}_${ids}_${encode(randomBytes(SECRET_BYTES))}`;
  const key = `${unchecked}_${checksumOf(unchecked)}`;
  const prefix = `${KEY_MARK}${product}_${ids.slice(0, SHOWN_ID_DIGITS)}`;
  return { key, prefix, digest: digestOf(key) };
}

/** Returns which key this claims to be, or null if it is none: told by its form and checksum, without the database. */
export function readKey(key: string): KeyIdentity | null {
  const [, product, ids, , checksum] = FORM.exec(key) ?? [];
  if (product === undefined || ids === undefined) return null;
  if (checksum !== checksumOf(key.slice(0, -SHORT - 1))) return null;
  const hex = decode(ids).toString(16).padStart(64, '0');
  const [keyId, userId] = [toUuid(hex.slice(0, 32)), toUuid(hex.slice(32))];
  return hex.length === 64 && isUuid(keyId) && isUuid(userId) ? { product, keyId, userId } : null;
}

/** All of it: a secret of one key opens no other. 32 random bytes need no slow hash. */
export function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

function checksumOf(text: string): string {
  return toDigits(BigInt(crc32(text)), SHORT);
}

function encode(bytes: Buffer): string {
  return toDigits(BigInt(`0x${bytes.toString('hex')}`), LONG);
}

function toDigits(value: bigint, length: number): string {
  let digits = '';
  for (let rest = value; digits.length < length; rest /= 62n) digits = ALPHABET.charAt(Number(rest % 62n)) + digits;
  return digits;
}

function decode(digits: string): bigint {
  return [...digits].reduce((value, digit) => value * 62n + BigInt(ALPHABET.indexOf(digit)), 0n);
}

function toUuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
