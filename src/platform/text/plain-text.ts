// Everything but line feeds and tabs, and what makes text run backwards where it is shown.
const UNSEEN = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
const SENTENCE_END = /(?<=[.!?。！？])\s+|\n+/u;
const MIN_SENTENCE = 20;
const MAX_SENTENCE = 600;

/** Makes of what a stranger or a model wrote what can be stored and shown as text: no control characters, bounded. */
export function toPlainText(text: string, maxLength: number): string {
  const plain = text
    .toWellFormed()
    .replace(UNSEEN, (character) => (character === '\n' || character === '\t' ? character : ''));
  return plain.trim().slice(0, maxLength).toWellFormed();
}

/** Writes a text so that no browser takes any of it for markup. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Splits a text into sentences that say something. */
export function splitSentences(text: string): string[] {
  return text
    .split(SENTENCE_END)
    .map((sentence) => sentence.replace(/\s+/g, ' ').trim())
    .filter(({ length }) => length >= MIN_SENTENCE)
    .map((sentence) => sentence.slice(0, MAX_SENTENCE));
}
