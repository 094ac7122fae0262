import { SubscribeMessage } from '@nestjs/websockets';
import { OrganizationAwareGateway } from '../../platform/sockets/organization-aware.gateway.js';
import { SocketEnding } from '../../platform/sockets/socket-ending.js';
import { SocketNamespace } from '../../platform/sockets/socket-namespace.decorator.js';
import { SubscriptionService } from '../../platform/sockets/subscription.service.js';
import { OrganizationContextService, ReadsOnly } from '../../tenancy/index.js';

/** Lets a client see what the server sees of it. */
@SocketNamespace('connection-test', { resource: 'organizations' })
export class ConnectionTestGateway extends OrganizationAwareGateway {
  constructor(
    subscriptions: SubscriptionService,
    ending: SocketEnding,
    private readonly contexts: OrganizationContextService,
  ) {
    super(subscriptions, ending);
  }

  @SubscribeMessage('whoami')
  @ReadsOnly()
  whoami(): object {
    const { product, organizationId, actor, role, entryPoint, requestId } = this.contexts.requireOrganization();
    return { product, organizationId, actor, role, entryPoint, requestId };
  }
}
