import { Module } from '@nestjs/common';
import { MessageBody, SubscribeMessage } from '@nestjs/websockets';
import type { Socket } from 'socket.io';
import { IsString } from 'class-validator';
import { BusinessModule } from '../../src/features/businesses/business.module.js';
import { OrganizationDatabase } from '../../src/platform/database/organization-database.js';
import { OrganizationAwareGateway } from '../../src/platform/sockets/organization-aware.gateway.js';
import { ResourceRegistry } from '../../src/platform/sockets/resource.registry.js';
import { SocketEnding } from '../../src/platform/sockets/socket-ending.js';
import { PublicSocketNamespace, SocketNamespace } from '../../src/platform/sockets/socket-namespace.decorator.js';
import { SubscriptionService } from '../../src/platform/sockets/subscription.service.js';
import { OrganizationContextService, ReadsOnly, RequireRole } from '../../src/tenancy/index.js';

class EchoPayload {
  @IsString()
  text!: string;
}

/** What the hooks of the gateway saw. */
export const seen: { hook: string; organizationId: string | null; entryPoint: string | undefined }[] = [];
/** What the hooks do besides. */
export const hooks = { onConnect: async (): Promise<void> => undefined };

/** A namespace with handlers of each kind. */
@SocketNamespace('workbench', { resource: 'businesses' })
export class WorkbenchGateway extends OrganizationAwareGateway {
  constructor(
    subscriptions: SubscriptionService,
    ending: SocketEnding,
    private readonly contexts: OrganizationContextService,
    private readonly database: OrganizationDatabase,
  ) {
    super(subscriptions, ending);
  }

  protected override async onConnect(_socket: Socket): Promise<void> {
    this.note('connect');
    await hooks.onConnect();
  }

  protected override onDisconnect(_socket: Socket): void {
    this.note('disconnect');
  }

  @SubscribeMessage('businesses')
  @ReadsOnly()
  async businesses(): Promise<object> {
    const rows = await this.database.business.findMany({ select: { name: true, organizationId: true } });
    return { organizationId: this.contexts.requireOrganization().organizationId, rows };
  }

  @SubscribeMessage('echo')
  echo(@MessageBody() body: EchoPayload): object {
    return { text: body.text, requestId: this.contexts.require().requestId };
  }

  @SubscribeMessage('administer')
  @RequireRole('ADMIN')
  administer(): object {
    return { role: this.contexts.require().role };
  }

  @SubscribeMessage('fail')
  fail(): void {
    throw new Error('SELECT secret FROM somewhere');
  }

  private note(hook: string): void {
    const context = this.contexts.current();
    seen.push({ hook, organizationId: context?.organizationId ?? null, entryPoint: context?.entryPoint });
  }
}

@PublicSocketNamespace('lobby')
export class LobbyGateway {
  constructor(private readonly contexts: OrganizationContextService) {}

  @SubscribeMessage('where')
  where(): object {
    const { organizationId, actor } = this.contexts.require();
    return { organizationId, actor };
  }

  @SubscribeMessage('reach')
  reach(): void {
    this.contexts.requireOrganization('A handler of the lobby');
  }
}

/** Gateways that only tests have. Clients of `/research` and `/workbench` can subscribe to businesses. */
@Module({ imports: [BusinessModule], providers: [WorkbenchGateway, LobbyGateway] })
export class SocketGateways {
  constructor(resources: ResourceRegistry, database: OrganizationDatabase) {
    for (const topic of ['research', 'workbench']) {
      resources.register(topic, async (id) => (await database.business.count({ where: { id } })) > 0);
    }
  }
}
