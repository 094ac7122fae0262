import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Injectable,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { OrganizationContextService, OrganizationRequiredError, type TenancyRequest } from '../../tenancy/index.js';

/** Port: what the current organization has subscribed to. Implemented by `features/organizations`. */
export abstract class Entitlements {
  /** @throws FEATURE_NOT_ENABLED */
  abstract requireFeature(feature: string): Promise<void>;
  /** @throws SUBSCRIPTION_INACTIVE */
  abstract requireSubscription(): Promise<void>;
}

type Needed = { readonly kind: 'feature'; readonly name: string } | { readonly kind: 'subscription' };
const NEEDED = 'bulkhead:entitlements';

/** Lets a request pass that the door has admitted, if the organization may use the route. */
@Injectable()
class EntitlementGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly contexts: OrganizationContextService,
    private readonly entitlements: Entitlements,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const needed = this.reflector.getAllAndMerge<Needed[]>(NEEDED, [execution.getHandler()]);
    const context = execution.switchToHttp().getRequest<TenancyRequest>().organizationContext;
    // On a route that works without an organization there is nobody to ask: closed.
    if (!context || context.organizationId === null) throw new OrganizationRequiredError();
    await this.contexts.run(context, async () => {
      for (const each of needed) {
        await (each.kind === 'feature'
          ? this.entitlements.requireFeature(each.name)
          : this.entitlements.requireSubscription());
      }
    });
    return true;
  }
}

/** The organization must have this feature switched on. Answers 403 FEATURE_NOT_ENABLED otherwise. */
export function RequireFeature(name: string): MethodDecorator {
  return need({ kind: 'feature', name });
}

/** The organization's subscription must be active. Answers 403 SUBSCRIPTION_INACTIVE otherwise. */
export function RequireSubscription(): MethodDecorator {
  return need({ kind: 'subscription' });
}

/** A route may need several: each decorator adds to what the others said. */
function need(needed: Needed): MethodDecorator {
  return (target, name, descriptor: PropertyDescriptor) => {
    const handler = descriptor.value as object;
    const known = (Reflect.getMetadata(NEEDED, handler) ?? []) as Needed[];
    const guards = known.length === 0 ? [UseGuards(EntitlementGuard)] : [];
    applyDecorators(SetMetadata(NEEDED, [...known, needed]), ...guards)(target, name, descriptor);
  };
}
