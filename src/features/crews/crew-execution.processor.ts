import { Injectable } from '@nestjs/common';
import { Performs } from '../../platform/queue/job-declaration.js';
import { JobProcessor, type JobRun } from '../../platform/queue/job-processor.js';
import { CREW_EXECUTION } from './crew-execution.job.js';
import { CrewRunner } from './crew-runner.js';
import type { ExecutionResult } from './crew.types.js';

@Performs(CREW_EXECUTION)
@Injectable()
export class CrewExecutionProcessor extends JobProcessor<object, ExecutionResult> {
  constructor(private readonly runner: CrewRunner) {
    super();
  }

  async perform(_data: object, run: JobRun<ExecutionResult>): Promise<ExecutionResult> {
    return await this.runner.execute(run);
  }
}
