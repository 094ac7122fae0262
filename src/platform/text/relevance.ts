/** Where a text stands among others. */
export interface Ranked {
  readonly index: number;
  readonly score: number;
}

// The usual constants of Okapi BM25: how soon a repeated word stops to count, and how much long texts are held back.
const SATURATION = 1.2;
const LENGTH_WEIGHT = 0.75;

/** Splits a text into words as they are compared: letters and digits of any script, lower case, compatible forms made one. */
export function toTerms(text: string): string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

/**
 * Ranks texts by how well they answer a query (Okapi BM25). Best first; those that share no word with it are left out.
 * @remarks Words that many of the texts have count little, so that no list of stop words is needed in any language.
 */
export function rankByRelevance(texts: readonly string[], query: string): Ranked[] {
  const documents = texts.map(countTerms);
  const average = documents.reduce((sum, { length }) => sum + length, 0) / Math.max(1, documents.length);
  const weights = new Map([...new Set(toTerms(query))].map((term) => [term, rarityOf(term, documents)]));
  return documents
    .map((document, index) => ({ index, score: scoreOf(document, weights, average) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index);
}

interface Counted {
  readonly counts: ReadonlyMap<string, number>;
  readonly length: number;
}

function countTerms(text: string): Counted {
  const terms = toTerms(text);
  const counts = new Map<string, number>();
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  return { counts, length: terms.length };
}

/** Never negative: a word that all texts have still says a little. */
function rarityOf(term: string, documents: readonly Counted[]): number {
  const having = documents.filter(({ counts }) => counts.has(term)).length;
  return Math.log(1 + (documents.length - having + 0.5) / (having + 0.5));
}

function scoreOf({ counts, length }: Counted, weights: ReadonlyMap<string, number>, average: number): number {
  let score = 0;
  for (const [term, weight] of weights) {
    const count = counts.get(term) ?? 0;
    const norm = 1 - LENGTH_WEIGHT + (LENGTH_WEIGHT * length) / Math.max(1, average);
    score += (weight * count * (SATURATION + 1)) / (count + SATURATION * norm);
  }
  return score;
}
