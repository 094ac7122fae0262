/** Whether the long form of tests runs: `npm run drills`. */
const isLong = process.env['LONG_FORMS'] === 'true';

/** How often a test tries: the number that is promised in the long form, fewer in each run of the suite. */
export function times({ suite, drill }: { readonly suite: number; readonly drill: number }): number {
  return isLong ? drill : suite;
}
