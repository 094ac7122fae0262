import { declareJob } from '../../platform/queue/job-declaration.js';
import type { ReportResult } from './research.types.js';

/** Its id is that of the report. */
export const RESEARCH_REPORT = declareJob<{ clientId: string }, ReportResult>({
  name: 'research-report',
  access: 'MEMBER',
  backoffSeconds: 5,
  timeoutSeconds: 600,
  topic: 'research',
});
