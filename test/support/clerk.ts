// cspell:ignore sess
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { Webhook } from 'standardwebhooks';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const HOST = 'clerk.example.test';
/** Where the front end of the tests is. */
export const PARTY = 'https://app.example.test';

/** What a deployment is given that works with an instance of Clerk. The secret is another in each call. */
export function clerkEnvironment(secret = newSecret()) {
  return {
    CLERK_PUBLISHABLE_KEY: `pk_test_${Buffer.from(`${HOST}$`).toString('base64')}`,
    CLERK_JWT_KEY: publicKey.export({ type: 'spki', format: 'pem' }).toString().replaceAll('\n', '\\n'),
    CLERK_WEBHOOK_SECRET: secret,
    CLERK_AUTHORIZED_PARTIES: PARTY,
  };
}

export function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

export function newClerkUserId(): string {
  return `user_${randomUUID().replaceAll('-', '')}`;
}

/** A person as Clerk describes it, as far as is read. */
export interface ClerkPerson {
  readonly id: string;
  readonly email?: string;
  readonly firstName?: string;
  readonly isVerified?: boolean;
  readonly banned?: boolean;
}

/** The body of an event, as Clerk documents it. */
export function eventOf(type: string, person: ClerkPerson, at: Date): string {
  const { id, email = `${id}@example.test`, firstName = 'Test', isVerified = true, banned = false } = person;
  const times = { created_at: at.getTime(), updated_at: at.getTime() };
  const address = {
    id: 'idn_1',
    email_address: email,
    verification: { status: isVerified ? 'verified' : 'unverified' },
  };
  const user = {
    id,
    object: 'user',
    first_name: firstName,
    last_name: 'Person',
    banned,
    primary_email_address_id: 'idn_1',
    email_addresses: [address],
    // Whoever has an account may write this: it must not decide whether an event is read.
    unsafe_metadata: { constructor: 1, toString: { deep: [[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]] } },
    ...times,
  };
  const data = type === 'user.deleted' ? { id, object: 'user', deleted: true } : user;
  return JSON.stringify({ type, object: 'event', timestamp: at.getTime(), data });
}

/** A delivery, signed by the reference implementation. */
export function sign(body: string, secret: string, { id = `msg_${randomUUID()}`, at = new Date() } = {}) {
  return {
    'content-type': 'application/json',
    'svix-id': id,
    'svix-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'svix-signature': new Webhook(secret).sign(id, at, body),
  };
}

/** A session token as Clerk makes it; undefined takes a claim out. */
export async function sessionToken(
  clerkUserId: string,
  { key = privateKey, alg = 'RS256', ...claims }: Forgery & Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const sid = `sess_${randomUUID()}`;
  const payload = { iss: `https://${HOST}`, azp: PARTY, sub: clerkUserId, sid, iat: now, nbf: now - 10, exp: now + 60 };
  const entries = Object.entries<unknown>({ ...payload, ...claims }).filter(([, value]) => value !== undefined);
  return await new SignJWT(Object.fromEntries(entries)).setProtectedHeader({ alg, typ: 'JWT', kid: 'ins_1' }).sign(key);
}

interface Forgery {
  readonly key?: Parameters<SignJWT['sign']>[0];
  readonly alg?: string;
}
