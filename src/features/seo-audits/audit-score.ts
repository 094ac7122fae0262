import { clip } from '../../platform/web/clip.js';
import { PAGE_RULES } from './page-rules.js';
import type { Comparison, Deduction, Issue, Rule, Severity, SiteFacts } from './seo-audit.types.js';
import { SITE_RULES } from './site-rules.js';

export const RULES: readonly Rule[] = [...PAGE_RULES, ...SITE_RULES];

/** What a rule takes from 100 when the whole site is concerned; a third of it at the first page. */
const WEIGHTS: Readonly<Record<Severity, number>> = { ERROR: 12, WARNING: 5, NOTICE: 1.5 };
const FIRST_PAGE = 1 / 3;
const MAX_ISSUES = 5_000;
const MAX_TEXT = 1_000;

export interface Verdict {
  readonly score: number;
  readonly issues: readonly Issue[];
  readonly deductions: readonly Deduction[];
  readonly isTruncated: boolean;
}

/** Applies every rule to a site. Errors first, and at most 5,000 issues. */
export function judge(site: SiteFacts): Verdict {
  const issues: Issue[] = [];
  const deductions: Deduction[] = [];
  let isTruncated = false;
  for (const { id, severity, title, advice, find } of [...RULES].sort(bySeverity)) {
    let count = 0;
    for (const { url, detail } of find(site)) {
      count += 1;
      const issue = { rule: id, severity, url: clip(url, MAX_TEXT), detail: clip(detail, MAX_TEXT) };
      if (issues.length < MAX_ISSUES) issues.push(issue);
      else isTruncated = true;
    }
    if (count === 0) continue;
    const share = Math.min(1, count / Math.max(1, site.pages.length));
    const points = round(WEIGHTS[severity] * (FIRST_PAGE + (1 - FIRST_PAGE) * share));
    deductions.push({ rule: id, severity, title, advice, issues: count, share: round(share), points });
  }
  const lost = deductions.reduce((sum, { points }) => sum + points, 0);
  return { score: Math.max(0, Math.round(100 - lost)), issues, deductions, isTruncated };
}

/** Tells which issues were there before: the same rule at the same address. */
export function compare(
  previous: { readonly id: string; readonly score: number; readonly issues: readonly Pick<Issue, 'rule' | 'url'>[] },
  issues: readonly Issue[],
): { comparison: Comparison; isNew: (issue: Issue) => boolean } {
  const keyOf = ({ rule, url }: Pick<Issue, 'rule' | 'url'>) => `${rule} ${url}`;
  const before = new Set(previous.issues.map(keyOf));
  const now = new Set(issues.map(keyOf));
  const isNew = (issue: Issue) => !before.has(keyOf(issue));
  const introduced = issues.filter(isNew);
  const resolved = previous.issues.filter((issue) => !now.has(keyOf(issue)));
  const rules: Record<string, { introduced: number; resolved: number }> = {};
  for (const [list, kind] of [
    [introduced, 'introduced'],
    [resolved, 'resolved'],
  ] as const) {
    for (const { rule } of list) (rules[rule] ??= { introduced: 0, resolved: 0 })[kind] += 1;
  }
  const counts = { introduced: introduced.length, resolved: resolved.length };
  const comparison = { previousId: previous.id, previousScore: previous.score, ...counts, rules };
  return { comparison: { ...comparison, unchanged: issues.length - introduced.length }, isNew };
}

function bySeverity(one: Rule, other: Rule): number {
  return WEIGHTS[other.severity] - WEIGHTS[one.severity];
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
