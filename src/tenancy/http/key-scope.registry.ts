import { Injectable, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { isGrantable, keyScopeOf } from './key-scope.js';
import { SOCKET_STANCE, type SocketStance, socketKeyScope } from '../sockets/socket-stance.js';
import { ROUTE_STANCE, type RouteStance } from './route-stance.js';

/** Knows every key scope that an API key can be given: those of the routes and sockets that work in an organization. */
@Injectable()
export class KeyScopeRegistry {
  private scopes: readonly string[] | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  /** Returns them in alphabetical order. */
  list(): readonly string[] {
    this.scopes ??= this.read();
    return this.scopes;
  }

  private read(): string[] {
    const controllers = this.discovery.getControllers().map(({ metatype }) => metatype as Type);
    const ofRoutes = controllers.flatMap((controller) => this.scopesOf(controller));
    return [...new Set([...ofRoutes, ...this.scopesOfSockets()])].filter(isGrantable).sort();
  }

  /** To connect is to read; whoever may also write has a route for the same things. */
  private scopesOfSockets(): string[] {
    return this.discovery.getProviders().flatMap(({ metatype }) => {
      const stance = metatype && this.reflector.get<SocketStance | undefined>(SOCKET_STANCE, metatype);
      return stance?.kind === 'organization' ? [socketKeyScope(stance.resource, true)] : [];
    });
  }

  private scopesOf(controller: Type): string[] {
    const prototype = controller.prototype as Record<string, () => unknown>;
    const handlers = this.scanner.getAllMethodNames(prototype).map((name) => prototype[name] as () => unknown);
    return handlers
      .filter((handler) => {
        const stance = this.reflector.getAllAndOverride<RouteStance | undefined>(ROUTE_STANCE, [handler, controller]);
        return stance?.kind === 'organization' || (stance?.kind === 'public' && stance.isRecognizing === true);
      })
      .map((handler) => keyScopeOf(controller, handler));
  }
}
