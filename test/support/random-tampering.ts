import { randomInt } from 'node:crypto';
import type { TamperFinding } from '../../src/features/audit/audit.types.js';
import type { AuditTrail, Snapshot } from './audit-trail.js';
import { seededRandom } from './random.js';

/** Returns the next of a row of numbers below `limit` that a seed determines. */
type Draw = (limit: number) => number;

interface Act {
  readonly name: string;
  /** The first record that is not what it was. */
  readonly at: number;
  readonly do: () => Promise<void>;
}

const EDITS = [
  `action = action || 'x'`,
  `entity = entity || 'x'`,
  'entity_id = gen_random_uuid()::text',
  `reason = coalesce(reason, '') || ' '`,
  `outcome = 'FAILED'`,
  `fields = array_append(fields, 'x')`,
  `occurred_at = occurred_at - interval '1 hour'`,
  `actor_id = gen_random_uuid()::text`,
  `role = 'MEMBER'`,
  `entry_point = 'cli'`,
  `request_id = request_id || '0'`,
  'client_id = gen_random_uuid()',
  'repeats = repeats + 1',
  `hash = reverse(hash)`,
  // The first record's are zeros, which are the same from behind.
  `previous_hash = repeat('f', 64)`,
  'id = gen_random_uuid()',
];

/**
 * Tampers so many times with a log that is whole, and puts it back each time. Returns what was not found where it was
 * done.
 * @param before - how the log is
 * @param earlier - how it was some records ago
 */
export async function tamperAtRandom(
  trail: AuditTrail,
  before: Snapshot,
  earlier: Snapshot,
  times: number,
  seed = Number(process.env['SEED'] ?? randomInt(2 ** 31)),
): Promise<string[]> {
  const draw = drawFrom(seed);
  const [last, former] = [countOf(before), countOf(earlier)];
  const missed: string[] = [];
  for (let time = 0; time < times; time += 1) {
    const act = drawAct(trail, draw, { last, former, earlier });
    await act.do();
    const { findings } = await trail.check();
    if (!findings.some((finding) => isAt(finding, act.at))) {
      missed.push(`${act.name} (act ${time + 1}, SEED=${seed}): ${JSON.stringify(findings.slice(0, 3))}`);
    }
    await trail.restore(before);
  }
  return missed;
}

function drawAct(
  trail: AuditTrail,
  draw: Draw,
  { last, former, earlier }: { last: number; former: number; earlier: Snapshot },
): Act {
  const at = 1 + draw(last);
  const other = 1 + ((at + draw(last - 1)) % last);
  const edit = EDITS[draw(EDITS.length)] as string;
  const cut = Math.max(2, at);
  const acts: Act[] = [
    { name: `edits ${at}: ${edit}`, at, do: async () => await trail.edit(at, edit) },
    { name: `removes ${at}`, at, do: async () => await trail.remove(at) },
    { name: `exchanges ${at} and ${other}`, at: Math.min(at, other), do: async () => await trail.swap(at, other) },
    { name: `cuts off from ${cut}`, at: cut, do: async () => await trail.remove(cut, last) },
    {
      name: `inserts at ${at}`,
      at,
      do: async () => {
        await trail.shift(at, 1);
        await trail.copy(at === 1 ? 2 : at - 1, at);
      },
    },
    {
      name: `cuts off from ${former + 1}, with the end of then`,
      at: former + 1,
      do: async () => {
        await trail.remove(former + 1, last);
        await trail.restore(earlier, ['audit_heads']);
      },
    },
  ];
  return acts[draw(acts.length)] as Act;
}

/** A record that fits by itself shows only at the one after it. */
function isAt({ sequence, untilSequence }: TamperFinding, at: number): boolean {
  return sequence <= at && at <= untilSequence;
}

function countOf(snapshot: Snapshot): number {
  return (snapshot.audit_logs as unknown[]).length;
}

function drawFrom(seed: number): Draw {
  const random = seededRandom(seed);
  return (limit) => Math.floor(random() * limit);
}
