/** What the deployment serves, and what is wrong with the way it was said. */
export interface ProductResolution {
  readonly name: string;
  readonly warnings: readonly string[];
  readonly problem: string | null;
}

/**
 * Picks the product of this deployment: the one named, else the first allowed one.
 * @param isStrict - a name that is set but not allowed is a problem instead of a fallback: a typo would write one
 * product's data into the other.
 */
export function resolveProduct(
  name: string | undefined,
  allowed: readonly string[],
  isStrict: boolean,
): ProductResolution {
  const fallback = allowed[0] ?? 'bestays';
  if (name === undefined) return { name: fallback, warnings: [], problem: null };
  if (allowed.includes(name)) return { name, warnings: [], problem: null };
  const message = `PRODUCT is not one of ${allowed.join(', ')}`;
  return isStrict
    ? { name: fallback, warnings: [], problem: message }
    : { name: fallback, warnings: [`${message}: using ${fallback}.`], problem: null };
}
