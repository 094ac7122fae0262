import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import { OrganizationContextService } from '../../tenancy/index.js';
import { resourceNotFound } from '../errors/general.errors.js';
import { tooManySubscriptions } from './socket.errors.js';
import { SocketRegistry } from './socket.registry.js';
import { SubscribableResources } from './subscribable-resources.js';
import type { Subscribed, SubscribePayload, UnsubscribePayload } from './subscription.dto.js';
import { UpdateDelivery } from './update-delivery.js';

const MAX_SUBSCRIPTIONS = 200;
/** Every socket is in a room of its own id, and in its organization's. */
const OWN_ROOMS = 2;

/** Lets sockets into rooms, after a look at what the room is for. */
@Injectable()
export class SubscriptionService {
  constructor(
    private readonly contexts: OrganizationContextService,
    private readonly registry: SocketRegistry,
    private readonly resources: SubscribableResources,
    private readonly delivery: UpdateDelivery,
  ) {}

  /** Lets a socket that was let in hear of its organization, and says to it where it is. */
  async open(socket: Socket): Promise<void> {
    const pass = this.registry.find(socket)?.pass;
    if (pass?.kind !== 'organization') return;
    const { organization, context } = pass;
    const sequence = await this.delivery.join(socket, this.subject(socket, organization.id), lastSequence(socket));
    socket.emit('ready', { product: context.product, organizationId: organization.id, organization, sequence });
  }

  /** @throws RESOURCE_NOT_FOUND also for another organization's; SUBSCRIPTION_LIMIT_REACHED */
  async subscribe(socket: Socket, { resourceId, sequence }: SubscribePayload): Promise<Subscribed> {
    const subject = this.subject(socket, resourceId);
    // The organization itself is a resource of every topic.
    const isOwn = resourceId === subject.organizationId;
    if (!isOwn && !(await this.resources.has(subject.topic, resourceId))) throw resourceNotFound('resource');
    if (socket.rooms.size >= MAX_SUBSCRIPTIONS + OWN_ROOMS) throw tooManySubscriptions(MAX_SUBSCRIPTIONS);
    // What the handshake says was missed is told once.
    const since = sequence ?? (this.delivery.isIn(socket, subject) ? undefined : lastSequence(socket));
    return { resourceId, sequence: await this.delivery.join(socket, subject, since) };
  }

  unsubscribe(socket: Socket, { resourceId }: UnsubscribePayload): { readonly resourceId: string } {
    this.delivery.leave(socket, this.subject(socket, resourceId));
    return { resourceId };
  }

  private subject(socket: Socket, resourceId: string) {
    const { organizationId } = this.contexts.requireOrganization('SubscriptionService');
    return { organizationId, topic: socket.nsp.name.slice(1), resourceId };
  }
}

/** What the client says it has seen before it lost the connection. */
function lastSequence(socket: Socket): number | undefined {
  const { lastSequence: sequence } = socket.data as { lastSequence?: unknown };
  return Number.isSafeInteger(sequence) && (sequence as number) >= 0 ? (sequence as number) : undefined;
}
