import { createHash } from 'node:crypto';

// Every name is kept by every connection for its life. Beyond this many different statements (long IN lists make new
// ones) the rest is sent without a name: slower, but bounded.
const MAX_NAMES = 1000;
const names = new Map<string, string>();

/** Names a statement by its text, so that each connection parses and plans it once. */
export function statementName(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= MAX_NAMES) return undefined;
  const name = `s_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
  names.set(text, name);
  return name;
}
