import { declareJob } from '../../platform/queue/job-declaration.js';
import type { ExecutionResult } from './crew.types.js';

/** Its id is that of the execution. Half an hour is for all tasks together; each tool has a limit of its own. */
export const CREW_EXECUTION = declareJob<{ crewId: string; clientId: string | null }, ExecutionResult>({
  name: 'crew-execution',
  access: 'MEMBER',
  backoffSeconds: 2,
  timeoutSeconds: 1_800,
  topic: 'crew-execution',
});
