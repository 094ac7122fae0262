import { declareJob } from '../../platform/queue/job-declaration.js';

export interface SeoAuditOrder {
  readonly clientId: string;
  readonly maxPages: number;
}

export interface SeoAuditOutcome {
  readonly seoAuditId: string;
  readonly score: number;
  readonly pages: number;
  readonly issues: number;
}

/** Reads a client's site and judges it. A crawl ends after 20 minutes by itself. */
export const SEO_AUDIT = declareJob<SeoAuditOrder, SeoAuditOutcome>({
  name: 'seo-audit',
  access: 'MEMBER',
  attempts: 2,
  backoffSeconds: 10,
  timeoutSeconds: 1_800,
  topic: 'seo-audit',
});
