import type { Sources } from './seo-audit.types.js';

export const MAX_DETAIL = 500;
/** What sites answer to programs, and not to people. */
const MAYBE_THERE: readonly number[] = [401, 403, 405, 406, 407, 409, 429, 451, 503, 999];

export function listOf({ pages, count }: Sources): string {
  const named = pages.slice(0, 3);
  const more = count - named.length;
  return (named.join(', ') + (more > 0 ? ` and ${more} more` : '')).slice(0, MAX_DETAIL);
}

/** Of a page, a link or an image. */
export interface Answer {
  readonly status: number | null;
  readonly problem: string | null;
}

/** Plainly not there. Who is only not let in, or could not be asked in time, is not accused. */
export function isGone({ status, problem }: Answer): boolean {
  if (problem !== null) return !/ROBOTS|TIMEOUT|REDIRECT|TOO_LARGE/.test(problem);
  return status !== null && status >= 400 && !MAYBE_THERE.includes(status);
}

export function isServerFault({ status, problem }: Answer): boolean {
  return (status !== null && status >= 500) || problem === 'WEB_TIMEOUT' || problem === 'WEB_UNREACHABLE';
}

/** Of this site: what fails is told by a rule of its own. */
export function isMissing(answer: Answer): boolean {
  return isGone(answer) && !isServerFault(answer);
}

export function answerOf({ status, problem }: Answer): string {
  return String(status ?? problem);
}
