import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { EnvelopeCipher } from './envelope-cipher.js';
import { EnvelopeError } from './envelope.error.js';
import type { EnvelopePlace } from './envelope.js';

const key = () => randomBytes(32).toString('base64');
const place: EnvelopePlace = {
  product: 'bestays',
  organizationId: 'a',
  table: 'clients',
  column: 'secret',
  rowId: '1',
};

describe(EnvelopeCipher.name, () => {
  it('S0-32 opens what it sealed, and seals the same text differently each time', () => {
    const cipher = new EnvelopeCipher([key()]);
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(cipher.open(cipher.seal(text, place), place)).toBe(text);
        expect(cipher.seal(text, place)).not.toBe(cipher.seal(text, place));
      }),
    );
  });

  it.each(Object.keys(place) as (keyof EnvelopePlace)[])(
    'C13 refuses an envelope that was moved to another %s',
    (field) => {
      const cipher = new EnvelopeCipher([key()]);
      const envelope = cipher.seal('secret', place);
      expect(() => cipher.open(envelope, { ...place, [field]: 'other' })).toThrow(EnvelopeError);
    },
  );

  it('C13 refuses an envelope with any bit changed', () => {
    const cipher = new EnvelopeCipher([key()]);
    const [version, id, ...parts] = cipher.seal('secret', place).split('.') as [string, string, string, string, string];
    parts.forEach((part, index) => {
      const bytes = Buffer.from(part, 'base64url');
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const edited = Buffer.from(bytes);
        edited.writeUInt8(edited.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        const forged = parts.map((other, position) => (position === index ? edited.toString('base64url') : other));
        expect(() => cipher.open([version, id, ...forged].join('.'), place)).toThrow(EnvelopeError);
      }
    });
  });

  it('opens envelopes of previous keys, seals with the current one, and refuses unknown keys', () => {
    const [former, current] = [key(), key()];
    const old = new EnvelopeCipher([former]).seal('secret', place);
    const rotated = new EnvelopeCipher([current, former]);
    expect(rotated.open(old, place)).toBe('secret');
    expect(() => new EnvelopeCipher([former]).open(rotated.seal('secret', place), place)).toThrow('unknown key');
  });

  it.each(['', 'v1', 'v2.a.b.c.d', 'v1.a.b.c.d.e', 'plain text'])('refuses what is no envelope: %j', (text) => {
    expect(() => new EnvelopeCipher([key()]).open(text, place)).toThrow(EnvelopeError);
  });
});
