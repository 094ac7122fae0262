import { randomInt, randomUUID } from 'node:crypto';
import { eventOf, newClerkUserId, sign } from './clerk.js';
import { askAsSuperuser } from './superuser.js';
import { seededRandom } from './random.js';

type Random = () => number;

/** Of this run; SEED in the environment repeats another one. */
export function seedOf(): number {
  return Number(process.env['SEED'] ?? randomInt(2 ** 31));
}

const ODD: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  '',
  '\u0000',
  '\ud800',
  'x'.repeat(5_000),
  [],
  {},
  [[]],
  { id: { id: 1 } },
  '__proto__',
  "'; DROP TABLE users; --",
];

/** Puts something odd in the place of one value, at any depth. */
function spoil(value: unknown, random: Random): unknown {
  const pick = () => ODD[Math.floor(random() * ODD.length)];
  if (typeof value !== 'object' || value === null || random() < 0.15) return pick();
  const keys = Object.keys(value);
  const key = keys[Math.floor(random() * keys.length)];
  if (key === undefined) return pick();
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string, unknown>;
  if (random() < 0.1) delete copy[key];
  else copy[key] = spoil(copy[key], random);
  return copy;
}

/** A body that is no event: changed as text, or with an odd value in it. All are signed, so that they are read. */
function malformed(id: string, random: Random): string {
  const types = ['user.created', 'user.updated', 'user.deleted', 'session.ended'];
  const body = eventOf(types[Math.floor(random() * types.length)] as string, { id }, new Date());
  const kind = random();
  if (kind < 0.2) return body.slice(0, Math.floor(random() * body.length));
  if (kind < 0.3) return `${body.slice(0, 40)}${String.fromCharCode(Math.floor(random() * 0x3000))}${body.slice(41)}`;
  if (kind < 0.35) return ['', 'null', '[]', '"x"', '{', '{"type":"user.created"}'][Math.floor(random() * 6)] as string;
  return JSON.stringify(spoil(JSON.parse(body), random));
}

/**
 * Sends signed bodies that are broken in many ways, eight at a time.
 * @returns the statuses that no sender may get, and what is stored only in part
 */
export async function deliverMalformed(url: string, secret: string, count: number, seed: number) {
  const random = seededRandom(seed);
  const faults: string[] = [];
  const ids = new Set<string>();
  const send = async () => {
    const messageId = `msg_bad_${randomUUID()}`;
    const body = malformed(newClerkUserId(), random);
    const headers = sign(body, secret, { id: messageId });
    const { status } = await fetch(url, { method: 'POST', headers, body });
    if (status === 204) ids.add(messageId);
    if (![204, 400, 401, 413].includes(status)) faults.push(`${status} ${body.slice(0, 200)}`);
  };
  for (let sent = 0; sent < count; sent += 8) {
    await Promise.all(Array.from({ length: Math.min(8, count - sent) }, send));
  }
  const rows = await askAsSuperuser<{ external_id: string }>(
    `SELECT external_id FROM webhook_events WHERE external_id LIKE 'msg_bad_%' AND created_at > now() - interval '1 hour'`,
  );
  // What was answered as kept is kept, and nothing else.
  const kept = new Set(rows.map(({ external_id }) => external_id));
  const stored = [...kept].filter((id) => !ids.has(id)).concat([...ids].filter((id) => !kept.has(id)));
  return { seed, faults, stored };
}
