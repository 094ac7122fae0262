/** The words of a text, in lower case; letters and digits of any language. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Where the words of a keyword stand after one another; counted in words from the beginning. */
export function placesOf(words: readonly string[], keyword: string): number[] {
  const wanted = wordsOf(keyword);
  const [first] = wanted;
  if (first === undefined) return [];
  const places: number[] = [];
  for (let place = words.indexOf(first); place !== -1; place = words.indexOf(first, place + 1)) {
    if (wanted.every((word, offset) => words[place + offset] === word)) places.push(place);
  }
  return places;
}

export function hasKeyword(text: string, keyword: string): boolean {
  return placesOf(wordsOf(text), keyword).length > 0;
}
