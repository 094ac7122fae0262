import type { Job, ResearchReport } from '../../generated/prisma/client.js';

/** A page that a report was written from, or was to be. The place in the list, from 1, is its number in citations. */
export interface ReportSource {
  readonly url: string;
  readonly title: string | null;
  /** Why it could not be read; null if it was. */
  readonly failure: { readonly code: string; readonly message: string } | null;
  readonly words: number;
  /** The client's keywords that it has. */
  readonly keywords: readonly string[];
}

/** A passage that answers what was asked. */
export interface Finding {
  readonly text: string;
  /** Number of its source. */
  readonly source: number;
  readonly score: number;
}

export const METHODS = ['EXTRACTIVE', 'LLM'] as const;
export type Method = (typeof METHODS)[number];

/** What a report is about. */
export interface Subject {
  readonly clientName: string;
  readonly question: string | null;
  readonly keywords: readonly string[];
}

export type ReportWithJob = ResearchReport & { readonly job: Pick<Job, 'state' | 'progress'> };

/** What a report comes to. */
export interface CompletedReport {
  readonly title: string;
  readonly body: string;
  readonly method: Method;
  readonly sources: readonly ReportSource[];
  readonly findings: readonly Finding[];
}

/** What its job tells of a report. */
export interface ReportResult {
  readonly reportId: string;
  readonly title: string;
  readonly method: Method;
  readonly sources: number;
  readonly findings: number;
}
