import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { redactSecrets } from '../logging/redaction.js';
import { type Update, UpdatePublisher } from '../sockets/update-publisher.js';
import type { JobDeclaration } from './job-declaration.js';

/** Tells whoever watches a job what happened to it. In the context of its organization, which is where it is sent. */
@Injectable()
export class JobUpdates {
  private readonly logger = new Logger('Queue');

  constructor(
    @Optional() @Inject(UpdatePublisher) private readonly publisher: Pick<UpdatePublisher, 'publish'> | undefined,
  ) {}

  /** @remarks The row tells the same: that nobody could be told is no failure of the job. */
  async publish(
    { topic }: JobDeclaration,
    jobId: string,
    update: Pick<Update, 'type' | 'status' | 'progress' | 'result'>,
  ): Promise<void> {
    const { result, ...facts } = update;
    const shown = result === undefined ? facts : { ...facts, result: redactSecrets(result) };
    try {
      await this.publisher?.publish({ topic, resourceId: jobId, ...shown });
    } catch (error) {
      this.logger.warn(`An update of the job ${jobId} was not sent: ${String(error)}`);
    }
  }
}
