import { toTerms } from '../../platform/text/relevance.js';
import type { Finding } from './research.types.js';

/** A text whose citations all hold. */
export interface CheckedText {
  readonly text: string;
  /** How many citations it has. */
  readonly held: number;
  /** How many were taken out: they named no source, or one that says nothing of the kind. */
  readonly removed: number;
}

const CITATION = /\s*\[(\d{1,3})\]/g;
const SENTENCE = /[^.!?。！？\n]*(?:[.!?。！？]+(?:\s*\[\d{1,3}\])*|\n|$)/gu;
/** Shorter words are in every text. */
const MIN_WORD = 4;
const MIN_SHARED = 2;

/**
 * Takes out every citation that does not hold: its number is that of no source that was shown to the writer, or its sentence
 * has hardly a word in common with what that source says.
 */
export function checkCitations(text: string, findings: readonly Finding[]): CheckedText {
  const wordsOf = new Map<number, Set<string>>();
  for (const { source, text: passage } of findings) {
    wordsOf.set(source, new Set([...(wordsOf.get(source) ?? []), ...toWords(passage)]));
  }
  let held = 0;
  let removed = 0;
  const checked = text.replace(SENTENCE, (sentence) => {
    const words = toWords(sentence.replace(CITATION, ' '));
    return sentence.replace(CITATION, (citation, number: string) => {
      const isHeld = isSupported(words, wordsOf.get(Number(number)));
      held += isHeld ? 1 : 0;
      removed += isHeld ? 0 : 1;
      return isHeld ? citation : '';
    });
  });
  return { text: checked, held, removed };
}

function isSupported(words: ReadonlySet<string>, said: ReadonlySet<string> | undefined): boolean {
  if (!said) return false;
  const shared = [...words].filter((word) => said.has(word)).length;
  // A short sentence may have fewer words than are asked for.
  return shared >= Math.min(MIN_SHARED, words.size) && shared > 0;
}

function toWords(text: string): Set<string> {
  return new Set(toTerms(text).filter(({ length }) => length >= MIN_WORD));
}
