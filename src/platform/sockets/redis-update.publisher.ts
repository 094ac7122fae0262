import { Injectable, Logger } from '@nestjs/common';
import { OrganizationContextService } from '../../tenancy/index.js';
import { roomOf } from './room.js';
import { UpdateDelivery } from './update-delivery.js';
import { UpdateLog } from './update-log.js';
import { type Update, UpdatePublisher } from './update-publisher.js';

/** A dashboard shows progress; whoever needs a larger result loads the resource. */
const MAX_BYTES = 64 * 1_024;

/** Publishes by Redis, from whichever process: every process with sockets reads it there, this one too. */
@Injectable()
export class RedisUpdatePublisher extends UpdatePublisher {
  private readonly logger = new Logger(RedisUpdatePublisher.name);

  constructor(
    private readonly contexts: OrganizationContextService,
    private readonly log: UpdateLog,
    private readonly delivery: UpdateDelivery,
  ) {
    super();
  }

  /** @remarks While Redis is away the update reaches this process's sockets only. That is logged, and no error. */
  override async publish(update: Update): Promise<void> {
    const { product, organizationId } = this.contexts.requireOrganization('UpdatePublisher.publish');
    const subject = { organizationId, topic: update.topic, resourceId: update.resourceId };
    const room = roomOf(product, subject);
    const json = this.toJson(update, organizationId);
    try {
      if (!this.log.isReady) throw new Error('Redis is away');
      await this.log.append(subject, room, json);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn(`An update of ${update.topic} ${update.resourceId} reaches this process only: ${reason}`);
      this.delivery.deliverHere(room, json);
    }
  }

  private toJson({ type, status, progress, result, resourceId }: Update, organizationId: string): string {
    const small = { type, status, progress, resourceId, organizationId, at: new Date().toISOString() };
    const json = JSON.stringify({ ...small, ...(result !== undefined && { result }) });
    if (Buffer.byteLength(json) <= MAX_BYTES) return json;
    this.logger.warn(`The result in an update of ${resourceId} was left out: it is larger than ${MAX_BYTES} bytes.`);
    return JSON.stringify(small);
  }
}
