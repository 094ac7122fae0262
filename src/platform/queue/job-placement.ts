import { Injectable, Logger } from '@nestjs/common';
import {
  createContext,
  isUuid,
  JobDoor,
  JobRefusedError,
  type JobStamp,
  OrganizationContextService,
} from '../../tenancy/index.js';
import type { DeclaredJob } from './job-registry.js';
import { JobService } from './job.service.js';

/** Finds the organization of a job that was queued where none was known, and queues it there. */
@Injectable()
export class JobPlacement {
  private readonly logger = new Logger('Jobs');

  constructor(
    private readonly door: JobDoor,
    private readonly contexts: OrganizationContextService,
    private readonly jobs: JobService,
  ) {}

  /**
   * Derives the organization from the record that the data names, by a look-up that is on record as unscoped, and queues
   * the job there: for whom it was asked, with the rights that the actor has in that organization when it runs.
   * @throws JOB_WITHOUT_ORGANIZATION if there is no such record; whatever the look-up throws, which is tried again
   */
  async place(stamp: JobStamp, data: object, { declaration, processor }: DeclaredJob): Promise<void> {
    const organizationId = await this.door.runOutside(stamp.jobId, async () => {
      const derive = processor.deriveOrganization?.bind(processor);
      const reason = `derive the organization of the job ${declaration.name} from its record`;
      return derive ? await this.contexts.runUnscoped(reason, () => derive(data)) : null;
    });
    if (!isUuid(organizationId)) {
      this.logger.warn(`The organization of the job ${declaration.name} ${stamp.jobId} could not be derived.`);
      throw new JobRefusedError('JOB_WITHOUT_ORGANIZATION');
    }
    await this.door.runLedger(stamp.jobId, organizationId, async () => {
      const asActor = createContext({ ...this.contexts.requireOrganization(), actor: stamp.actor });
      // The message may come twice, and is one job.
      const key = `unplaced:${stamp.jobId}`;
      await this.contexts.run(asActor, () => this.jobs.queueLater(declaration, data, { key }));
    });
  }
}
