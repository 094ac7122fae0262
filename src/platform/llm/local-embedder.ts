import { Embedder, normalize } from './embedder.js';

const DIMENSIONS = 256;
const GRAM = 4;
/** A word that is shared says more than one of its many pieces. */
const WORD_WEIGHT = 3;
/** Say nothing of what a text is about. */
const COMMON = new Set(
  (
    'a an and are as at be but by can could did do does for from get had has have how i if in into is it its me my need ' +
    'of on or our shall should so than that the their them then there these they this to up us want was we were what ' +
    'when where which who why will with would you your'
  ).split(' '),
);

/**
 * Needs no endpoint: words and their pieces of four letters, each hashed to a place of the vector. It knows no meaning,
 * but endings, compounds and mistyped words. The same text gives the same vector on every machine.
 */
export class LocalEmbedder extends Embedder {
  override readonly model = 'local-grams-256';

  override async embed(texts: readonly string[]): Promise<Float32Array[]> {
    return texts.map(embedText);
  }
}

function embedText(text: string): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  const words =
    text
      .normalize('NFKD')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  for (const word of words) {
    if (COMMON.has(word)) continue;
    add(vector, word, WORD_WEIGHT);
    const padded = `^${word}$`;
    for (let start = 0; start + GRAM <= padded.length; start++) add(vector, padded.slice(start, start + GRAM), 1);
  }
  // Ten times the same word does not make a text ten times as much about it.
  return normalize(vector.map((value) => Math.sign(value) * Math.sqrt(Math.abs(value))));
}

/** The sign spreads what falls on the same place by chance, so that it cancels out. */
function add(vector: Float32Array, feature: string, weight: number): void {
  const hash = hashOf(feature);
  const place = hash % DIMENSIONS;
  vector[place] = (vector[place] ?? 0) + ((hash & 0x10000) === 0 ? weight : -weight);
}

/** FNV-1a with a final mix: the low bits of plain FNV are uneven for short texts. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let place = 0; place < text.length; place++) {
    hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
