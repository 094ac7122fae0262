import { Injectable, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { isGrantable, keyScopeOf } from './key-scope.js';
import { ROUTE_STANCE, type RouteStance } from './route-stance.js';

/** Knows every key scope that an API key can be given: those of the routes that work in an organization. */
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
    return [...new Set(controllers.flatMap((controller) => this.scopesOf(controller)))].filter(isGrantable).sort();
  }

  private scopesOf(controller: Type): string[] {
    const prototype = controller.prototype as Record<string, () => unknown>;
    const handlers = this.scanner.getAllMethodNames(prototype).map((name) => prototype[name] as () => unknown);
    return handlers
      .filter((handler) => {
        const stance = this.reflector.getAllAndOverride<RouteStance | undefined>(ROUTE_STANCE, [handler, controller]);
        return stance?.kind === 'organization';
      })
      .map((handler) => keyScopeOf(controller, handler));
  }
}
