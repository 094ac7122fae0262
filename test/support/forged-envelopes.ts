import { randomUUID } from 'node:crypto';
import type { SecretPlace } from '../../src/features/credentials/credential.types.js';
import type { BuiltOrganization } from './builders.js';

/** An envelope that somebody edited, or opens where it does not belong. */
export interface Forgery {
  readonly envelope: string;
  readonly organization: BuiltOrganization;
  readonly place: SecretPlace;
}

interface Sealed {
  readonly organization: BuiltOrganization;
  readonly envelopes: readonly string[];
}

/** Makes forgeries of the envelopes of two organizations that were sealed for one place, each kind in turn. */
export function* forgeries(own: Sealed, foreign: Sealed, place: SecretPlace, random: () => number): Generator<Forgery> {
  const pick = ({ envelopes }: Sealed) => envelopes[Math.floor(random() * envelopes.length)] as string;
  const { organization } = own;
  const [first = '', ...rest] = own.envelopes;
  for (;;) {
    const own1 = pick(own);
    yield { envelope: pick(foreign), organization, place };
    yield { envelope: own1, organization: foreign.organization, place };
    yield { envelope: own1, organization, place: { ...place, rowId: randomUUID() } };
    yield { envelope: own1, organization, place: { ...place, column: 'fingerprint' } };
    yield { envelope: own1, organization, place: { ...place, table: 'clients' } };
    // Under the other's key, and with a part of another envelope.
    yield { envelope: exchange(own1, pick(foreign), 1), organization, place };
    const other = rest[Math.floor(random() * rest.length)] as string;
    yield { envelope: exchange(first, other, 2 + Math.floor(random() * 3)), organization, place };
    yield { envelope: flipBit(own1, random), organization, place };
  }
}

function exchange(envelope: string, from: string, part: number): string {
  const parts = from.split('.');
  return envelope
    .split('.')
    .map((text, index) => (index === part ? parts[index] : text))
    .join('.');
}

function flipBit(envelope: string, random: () => number): string {
  const parts = envelope.split('.');
  const index = 2 + Math.floor(random() * 3);
  const bytes = Buffer.from(parts[index] as string, 'base64url');
  const bit = Math.floor(random() * bytes.length * 8);
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return parts.map((part, position) => (position === index ? bytes.toString('base64url') : part)).join('.');
}
