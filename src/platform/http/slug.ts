import slugify from '@sindresorhus/slugify';

const MAX_LENGTH = 50;

/** Makes a slug of a name; `fallback` when nothing of the name is left. */
export function toSlug(name: string, fallback: string): string {
  return slugify(name).slice(0, MAX_LENGTH).replace(/-+$/, '') || fallback;
}

/** Makes a slug of a name that is not among the taken ones: `acme`, `acme-2`, `acme-3` … */
export async function freeSlug(
  name: string,
  fallback: string,
  listTaken: (prefix: string) => Promise<readonly string[]>,
): Promise<string> {
  const base = toSlug(name, fallback);
  const taken = new Set(await listTaken(base));
  for (let number = 1; ; number += 1) {
    const slug = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(slug)) return slug;
  }
}
