// cspell:ignore Charikar Marsaglia xorshift
import type { StoredVector } from './faq.types.js';

const PLANES = 256;
const BANDS = 24;
const BITS_OF_BAND = 10;
const planesByDimension = new Map<number, Int8Array>();

/**
 * Makes of a vector what it is found by (Charikar 2002): on which side of 256 random planes it lies. Two vectors differ in
 * as many bits as the angle between them is wide; near ones have all ten bits of some of the 24 bands in common, by which
 * an index finds them. Planes depend on the dimension only, so that every process has the same.
 */
export function toStoredVector(vector: Float32Array, model: string): StoredVector {
  const planes = planesOf(vector.length);
  const bits = Array.from({ length: PLANES }, (_, plane) => {
    let side = 0;
    for (let place = 0; place < vector.length; place++) {
      side += (vector[place] ?? 0) * (planes[plane * vector.length + place] ?? 0);
    }
    return side >= 0 ? '1' : '0';
  });
  const signature = bits.join('');
  const bands = Array.from({ length: BANDS }, (_, band) => {
    const start = band * BITS_OF_BAND;
    return hashOf(`${model}:${band}:${signature.slice(start, start + BITS_OF_BAND)}`) | 0;
  });
  return { embedding: Array.from(vector), signature, bands };
}

function planesOf(dimensions: number): Int8Array {
  const known = planesByDimension.get(dimensions);
  if (known) return known;
  let state = 0x9e3779b9;
  const planes = Int8Array.from({ length: PLANES * dimensions }, () => {
    // xorshift32 (Marsaglia 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 16) & 1 ? 1 : -1;
  });
  planesByDimension.set(dimensions, planes);
  return planes;
}

/** FNV-1a with a final mix. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let place = 0; place < text.length; place++) hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
