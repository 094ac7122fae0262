import { z } from 'zod';

/** What is kept of an event until it is worked on: no more than is used. */
export interface PersonFacts {
  /** The primary address in lower case; null unless Clerk has verified it. */
  readonly email: string | null;
  readonly firstName: string;
  readonly lastName: string;
  readonly isBanned: boolean;
}

/** An event of Clerk, as far as it matters here. */
export interface ClerkEvent {
  readonly type: string;
  /** Whom or what it is about, by Clerk's id; null for what is not used here. */
  readonly subject: string | null;
  readonly occurredAt: Date;
  readonly data: PersonFacts | null;
}

export const SESSION_ENDS: readonly string[] = ['session.ended', 'session.removed', 'session.revoked'];
const PERSON_CHANGES: readonly string[] = ['user.created', 'user.updated'];
const USED: readonly string[] = [...PERSON_CHANGES, 'user.deleted', ...SESSION_ENDS];
const MAX_NAME = 100;
/** Clerk's clock may be ahead of ours a little. A time far from now would win over all that follow. */
const LATEST_MS = 10 * 60_000;
const EARLIEST = Date.UTC(2020, 0, 1);

/** Clerk gives times in milliseconds. */
const time = z.number().int().min(EARLIEST);
const envelope = z.object({
  type: z.string().regex(/^[\w.-]{1,100}$/),
  timestamp: time.optional(),
  data: z.record(z.string(), z.unknown()),
});
const subject = z.object({ id: z.string().regex(/^[\w-]{1,200}$/), updated_at: time.nullish() });
const person = z.object({
  first_name: z.string().nullish(),
  last_name: z.string().nullish(),
  banned: z.boolean().nullish(),
  primary_email_address_id: z.string().nullish(),
  email_addresses: z
    .array(
      z.object({
        id: z.string(),
        email_address: z.string(),
        verification: z.object({ status: z.string() }).nullish(),
      }),
    )
    .max(100)
    .default([]),
});

/**
 * Reads an event, after its signature.
 * @param sentAt - when it was sent, for events that do not say when they happened
 * @returns null if it is none
 */
export function readClerkEvent(body: Buffer, sentAt: Date): ClerkEvent | null {
  const parsed = envelope.safeParse(parseJson(body));
  if (!parsed.success) return null;
  const { type, timestamp, data } = parsed.data;
  if (!USED.includes(type)) return { type, subject: null, occurredAt: sentAt, data: null };
  const about = subject.safeParse(data);
  if (!about.success) return null;
  const { id, updated_at: updatedAt } = about.data;
  const occurredAt = new Date(timestamp ?? updatedAt ?? sentAt.getTime());
  if (occurredAt.getTime() > sentAt.getTime() + LATEST_MS) return null;
  if (!PERSON_CHANGES.includes(type)) return { type, subject: id, occurredAt, data: null };
  const facts = readPerson(data);
  return facts && { type, subject: id, occurredAt, data: facts };
}

function readPerson(data: unknown): PersonFacts | null {
  const parsed = person.safeParse(data);
  if (!parsed.success) return null;
  const { first_name, last_name, banned, primary_email_address_id, email_addresses } = parsed.data;
  const primary = email_addresses.find(({ id }) => id === primary_email_address_id);
  const isVerified = primary?.verification?.status === 'verified';
  const email = isVerified && isAddress(primary.email_address) ? primary.email_address.toLowerCase() : null;
  return { email, firstName: toName(first_name), lastName: toName(last_name), isBanned: banned ?? false };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}

function isAddress(text: string): boolean {
  return z.email().max(254).safeParse(text).success;
}

/** People choose their names: what PostgreSQL has no place for is left out. */
function toName(text: string | null | undefined): string {
  return (text ?? '').replaceAll('\u0000', '').toWellFormed().trim().slice(0, MAX_NAME).toWellFormed();
}
