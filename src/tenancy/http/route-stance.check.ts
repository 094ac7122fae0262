import { Injectable, type OnApplicationBootstrap, RequestMethod, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { UndeclaredRouteError } from '../tenancy.errors.js';
import { ROUTE_STANCE } from './route-stance.js';

/** Refuses to start while a route does not say who may call it. */
@Injectable()
export class RouteStanceCheck implements OnApplicationBootstrap {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onApplicationBootstrap(): void {
    const undeclared = this.discovery
      .getControllers()
      .flatMap(({ metatype }) => this.undeclaredRoutes(metatype as Type));
    if (undeclared.length > 0) throw new UndeclaredRouteError(undeclared);
  }

  private undeclaredRoutes(controller: Type): string[] {
    const prototype = controller.prototype as Record<string, () => unknown>;
    return this.scanner
      .getAllMethodNames(prototype)
      .filter((name) => {
        const handler = prototype[name] as () => unknown;
        const method = this.reflector.get<RequestMethod | undefined>('method', handler);
        return method !== undefined && !this.reflector.getAllAndOverride(ROUTE_STANCE, [handler, controller]);
      })
      .map((name) => `${controller.name}.${name}`);
  }
}
