import { Injectable, type OnApplicationBootstrap, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { GATEWAY_METADATA, GATEWAY_OPTIONS, MESSAGE_METADATA } from '@nestjs/websockets/constants.js';
import {
  READS_ONLY,
  type Role,
  ROUTE_STANCE,
  type RouteStance,
  SOCKET_STANCE,
  type SocketStance,
  UndeclaredGatewayError,
} from '../../tenancy/index.js';
import { OrganizationAwareGateway } from './organization-aware.gateway.js';

/** What the door must know of a message before its handler runs. */
export interface MessageStance {
  readonly isReading: boolean;
  readonly role: Role;
}

interface Gateway {
  readonly stance: SocketStance;
  readonly messages: ReadonlyMap<string, MessageStance>;
}

/** Knows every namespace, and refuses to start while one of them is open to sockets without organization unsaid. */
@Injectable()
export class GatewayRegistry implements OnApplicationBootstrap {
  private gateways: ReadonlyMap<string, Gateway> | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onApplicationBootstrap(): void {
    const undeclared = this.listClasses().filter((gateway) => !this.isDeclared(gateway));
    if (undeclared.length > 0) throw new UndeclaredGatewayError(undeclared.map(({ name }) => name));
    this.gateways = this.read();
  }

  /** Returns who may connect to a namespace; undefined if there is none, or the start has not looked at it yet. */
  stanceOf(namespace: string): SocketStance | undefined {
    return this.gateways?.get(namespace)?.stance;
  }

  messageOf(namespace: string, event: string): MessageStance | undefined {
    return this.gateways?.get(namespace)?.messages.get(event);
  }

  /** A hook of its own on connection would run outside the base's care: what it throws would end the process. */
  private isDeclared(gateway: Type): boolean {
    const stance = this.reflector.get<SocketStance | undefined>(SOCKET_STANCE, gateway);
    const prototype = gateway.prototype as Partial<OrganizationAwareGateway>;
    if (stance?.kind === 'public') return !prototype.handleConnection && !prototype.handleDisconnect;
    const base = OrganizationAwareGateway.prototype;
    return (
      stance?.kind === 'organization' &&
      prototype instanceof OrganizationAwareGateway &&
      prototype.handleConnection === base.handleConnection &&
      prototype.handleDisconnect === base.handleDisconnect
    );
  }

  private read(): ReadonlyMap<string, Gateway> {
    const gateways = new Map<string, Gateway>();
    for (const gateway of this.listClasses()) {
      const { namespace } = this.reflector.get<{ namespace: string }>(GATEWAY_OPTIONS, gateway);
      if (gateways.has(namespace)) throw new Error(`Two gateways serve the namespace ${namespace}.`);
      const stance = this.reflector.get<SocketStance>(SOCKET_STANCE, gateway);
      gateways.set(namespace, { stance, messages: this.messagesOf(gateway) });
    }
    return gateways;
  }

  private messagesOf(gateway: Type): ReadonlyMap<string, MessageStance> {
    const prototype = gateway.prototype as Record<string, () => unknown>;
    return new Map(
      this.scanner.getAllMethodNames(prototype).flatMap((name): [string, MessageStance][] => {
        const handler = prototype[name] as () => unknown;
        const event = this.reflector.get<string | undefined>(MESSAGE_METADATA, handler);
        if (event === undefined) return [];
        const stance = this.reflector.getAllAndOverride<RouteStance | undefined>(ROUTE_STANCE, [handler, gateway]);
        const isReading = this.reflector.get<boolean | undefined>(READS_ONLY, handler) === true;
        return [[event, { isReading, role: stance?.kind === 'organization' ? stance.role : 'MEMBER' }]];
      }),
    );
  }

  private listClasses(): Type[] {
    const classes = this.discovery.getProviders().map(({ metatype }) => metatype as Type | null);
    const gateways = classes.filter((type) => type && Reflect.hasMetadata(GATEWAY_METADATA, type));
    return [...new Set(gateways as Type[])];
  }
}
