/** Whether the long form of tests runs: `npm run drills`. */
export const isLong = process.env['LONG_FORMS'] === 'true';

/** How often a test tries: the number that is promised in the long form, fewer in each run of the suite. */
export function times({ suite, drill }: { readonly suite: number; readonly drill: number }): number {
  return isLong ? drill : suite;
}

const DAY_MS = 86_400_000;

/**
 * What is tried of many alike: all of them in the long form; in each run of the suite a part, and every day another one,
 * so that a few days try all.
 */
export function sample<Item>(items: readonly Item[], count: number): readonly Item[] {
  if (isLong || count >= items.length) return items;
  const first = Math.floor(Date.now() / DAY_MS) * count;
  return Array.from({ length: count }, (_, index) => items[(first + index) % items.length] as Item);
}
