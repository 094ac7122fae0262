const MAX_TERM = 40;
const MIN_TERM = 2;
/** Of one listing; the first of them, so title and place count before the end of a long description. */
const MAX_TERMS = 200;
const MAX_SEARCHED = 6;

/** Writes a text as searches compare it: lower case, without accents, words with one space between them. */
export function toSearchForm(text: string): string {
  return wordsOf(text).join(' ');
}

/** Returns the words that a listing is found by. */
export function termsOf(texts: readonly (string | null)[]): string[] {
  const words = texts.flatMap((text) => wordsOf(text ?? ''));
  return [...new Set(words.filter((word) => word.length >= MIN_TERM))].slice(0, MAX_TERMS);
}

/** Returns the words to look for; the last may be the beginning of one. Empty if there is nothing to look for. */
export function searchedTerms(text: string): string[] {
  return wordsOf(text).slice(0, MAX_SEARCHED);
}

function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => [...word].slice(0, MAX_TERM).join(''));
}
