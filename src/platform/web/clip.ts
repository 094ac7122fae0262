/** Shortens a text of the web to what a column of text or JSON takes: no NUL, and no half of a character. */
export function clip(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replaceAll('\u0000', '').toWellFormed();
}
