import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import {
  type Actor,
  digestOf,
  JobStamper,
  type OrganizationContext,
  OrganizationContextService,
} from '../../tenancy/index.js';
import { findSecret } from '../logging/redaction.js';
import { BullQueue } from './bull-queue.js';
import type { JobDeclaration } from './job-declaration.js';
import { JobRegistry } from './job-registry.js';
import { JobRepository } from './job.repository.js';

export interface QueueOptions {
  /** Makes two calls of one organization the same job, for as long as its row is kept. */
  readonly key?: string;
  readonly delaySeconds?: number;
}

/** What the caller of a job knows of it. */
export interface QueuedJob {
  readonly id: string;
  readonly state: string;
  /** False if there was one of this key. */
  readonly isNew: boolean;
}

/** Ids and parameters: what is larger belongs into a row of its own. */
const MAX_DATA_BYTES = 16_384;
const MAX_KEY_LENGTH = 200;

/** Queues work that a worker does later, in the organization and with the rights of whoever asks for it now. */
@Injectable()
export class JobService {
  constructor(
    private readonly contexts: OrganizationContextService,
    private readonly registry: JobRegistry,
    private readonly repository: JobRepository,
    private readonly stamper: JobStamper,
    private readonly queue: BullQueue,
  ) {}

  /**
   * Queues a job in the current organization.
   * @param data - ids and parameters, at most 16 kB as JSON
   * @throws ORGANIZATION_CONTEXT_MISSING outside an organization
   * @remarks One row, in the open transaction if there is one: the job is queued if and when that is committed.
   */
  async queueLater<Data extends object, Result extends object | void>(
    declaration: JobDeclaration<Data, Result>,
    data: Data,
    { key, delaySeconds = 0 }: QueueOptions = {},
  ): Promise<QueuedJob> {
    const context = this.contexts.requireOrganization('JobService.queueLater');
    this.registry.require(declaration.name);
    requireTransportable(declaration.name, data);
    if (key !== undefined && (key === '' || key.length > MAX_KEY_LENGTH)) {
      throw new Error(`The key of a job has 1 to ${MAX_KEY_LENGTH} characters.`);
    }
    const stamp = this.stampOf(context, context.organizationId, declaration.name, data);
    const { actor, digest, jobId: id } = stamp;
    return await this.repository.add({
      id,
      name: declaration.name,
      key: key ?? null,
      data,
      digest,
      signature: this.stamper.sign(stamp),
      actorType: actor.type,
      actorId: actor.id,
      actorUserId: actor.type === 'apiKey' ? actor.userId : null,
      entryPoint: context.entryPoint,
      ...(delaySeconds > 0 && { dueAt: new Date(Date.now() + delaySeconds * 1_000) }),
    });
  }

  /**
   * Queues a job where no organization is known, e.g. in a webhook: the worker derives it from the record that `data` names,
   * and then queues the job there.
   * @throws Error if the processor cannot derive one, or Redis does not answer
   * @remarks No row stands behind it until then: an emptied Redis loses it. Where an organization is known, queueLater.
   */
  async queueUnplacedLater<Data extends object, Result extends object | void>(
    declaration: JobDeclaration<Data, Result>,
    data: Data,
  ): Promise<{ id: string }> {
    const { processor } = this.registry.require(declaration.name);
    if (!processor.deriveOrganization) {
      throw new Error(`${declaration.name} needs an organization: its processor cannot derive one from the data.`);
    }
    requireTransportable(declaration.name, data);
    const context = this.contexts.require('JobService.queueUnplacedLater');
    const stamp = this.stampOf(context, null, declaration.name, data);
    await this.queue.add([{ stamp, signature: this.stamper.sign(stamp), data }]);
    return { id: stamp.jobId };
  }

  private stampOf(context: OrganizationContext, organizationId: string | null, name: string, data: object) {
    const { product, entryPoint } = context;
    const actor = requireNamed(context.actor);
    return { product, organizationId, actor, entryPoint, name, jobId: uuidv7(), digest: digestOf(data) };
  }
}

function requireNamed(actor: Actor): Exclude<Actor, { type: 'anonymous' }> {
  if (actor.type === 'anonymous') throw new Error('A job is queued by somebody: nobody is logged in here.');
  return actor;
}

function requireTransportable(name: string, data: object): void {
  const secret = findSecret(data);
  if (secret !== null) {
    throw new Error(`The data of ${name} must not carry "${secret}": pass the id of the row that has it.`);
  }
  const bytes = Buffer.byteLength(JSON.stringify(data));
  if (bytes > MAX_DATA_BYTES) throw new Error(`The data of ${name} has ${bytes} bytes, ${MAX_DATA_BYTES} are allowed.`);
}
