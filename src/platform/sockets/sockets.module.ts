import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { SocketDoor } from '../../tenancy/index.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { GatewayRegistry } from './gateway.registry.js';
import { MessageGate } from './message-gate.js';
import { RedisUpdatePublisher } from './redis-update.publisher.js';
import { ResourceRegistry } from './resource.registry.js';
import { SocketAdmissionService } from './socket-admission.service.js';
import { SocketEnding } from './socket-ending.js';
import { SocketJournal } from './socket-journal.js';
import { SocketMessageService } from './socket-message.service.js';
import { SocketMetrics } from './socket-metrics.js';
import { SocketRegistry } from './socket.registry.js';
import { SocketReviewService } from './socket-review.service.js';
import { SocketUpkeepService } from './socket-upkeep.service.js';
import { SocketWatchService } from './socket-watch.service.js';
import { SubscribableResources } from './subscribable-resources.js';
import { SubscriptionService } from './subscription.service.js';
import { UpdateDelivery } from './update-delivery.js';
import { UpdateLog } from './update-log.js';
import { UpdatePublisher } from './update-publisher.js';
import { UpdateStream } from './update-stream.js';

/** What a process with sockets needs besides: put together where the application is composed, for the ports' sake. */
export const SOCKET_DOOR = [
  MessageGate,
  SocketAdmissionService,
  SocketDoor,
  SocketMessageService,
  SocketReviewService,
  SocketUpkeepService,
  SocketWatchService,
];

/** Updates for every process; sockets for the API. */
@Global()
@Module({
  imports: [DiscoveryModule, MetricsModule],
  providers: [
    GatewayRegistry,
    ResourceRegistry,
    SocketEnding,
    SocketJournal,
    SocketMetrics,
    SocketRegistry,
    SubscriptionService,
    UpdateDelivery,
    UpdateLog,
    UpdateStream,
    { provide: SubscribableResources, useExisting: ResourceRegistry },
    { provide: UpdatePublisher, useClass: RedisUpdatePublisher },
  ],
  exports: [
    GatewayRegistry,
    ResourceRegistry,
    SocketEnding,
    SocketJournal,
    SocketRegistry,
    SubscriptionService,
    UpdateDelivery,
    UpdatePublisher,
  ],
})
export class SocketsModule {}
