import { declareJob } from '../../platform/queue/job-declaration.js';

export interface OptimizationOrder {
  readonly clientId: string;
  /** The page; without it, the one that each keyword names or that fits it best. */
  readonly url: string | null;
  /** Without it, all that the client's projects target. */
  readonly keyword: string | null;
}

export interface OptimizationOutcome {
  readonly optimizationId: string;
  readonly pages: number;
  readonly suggestions: number;
}

/** Reads pages of a client's site and suggests what to change for its keywords. */
export const OPTIMIZATION = declareJob<OptimizationOrder, OptimizationOutcome>({
  name: 'optimization',
  access: 'MEMBER',
  attempts: 2,
  backoffSeconds: 10,
  timeoutSeconds: 1_800,
  topic: 'optimization',
});
