import { Prisma } from '@prisma/client/extension';
import type { ScopedContext } from '../context/organization-context.js';
import { OperationRefusedError } from '../tenancy.errors.js';
import type { ModelMap } from './model-map.js';
import type { ScopeArguments } from './scope-arguments.js';
import { isPlainObject, type Json } from './scope-filters.js';

export interface IsolationOptions {
  /** Returns the context of a call at the moment it is made; throws if there is none. */
  readonly contextOf: (model: string, operation: string) => ScopedContext;
  readonly models: ModelMap;
  readonly scopeArguments: ScopeArguments;
  /** Tells the driver for whom the statements of `work` run; below it nobody asks for the context again. */
  readonly enterDriver: <T>(context: ScopedContext, work: () => Promise<T>) => Promise<T>;
}

/**
 * The first wall: a Prisma client extension that filters and stamps every operation by the context in which it was called.
 * @see docs/decisions/2026-11-21-two-walls.md
 */
export function isolationExtension({ contextOf, models, scopeArguments, enterDriver }: IsolationOptions) {
  // One extension for both parts: each `$extends` is a layer of proxies that every call passes.
  return Prisma.defineExtension({
    model: {
      $allModels: {
        // A query extension cannot change the operation, and unique reads of different requests would be merged.
        findUnique(args: Json) {
          return asFirst(this, 'findFirst', args);
        },
        findUniqueOrThrow(args: Json) {
          return asFirst(this, 'findFirstOrThrow', args);
        },
      },
    },
    query: {
      async $allOperations({ model, operation, args, query }) {
        if (!model) throw new OperationRefusedError(`Raw SQL (${operation})`, 'Use OrganizationSql for hot reads.');
        const context = contextOf(model, operation);
        const scoped = scopeArguments(model, operation, args, context);
        return await enterDriver(context, async () => await query(scoped as typeof args));
      },
    },
  });

  function asFirst(delegate: unknown, operation: 'findFirst' | 'findFirstOrThrow', args: Json): unknown {
    const model = Prisma.getExtensionContext(delegate) as Record<string, unknown> & { $name?: string };
    const where = flattenKeys(models[model.$name ?? '']?.compoundKeys ?? {}, args['where']);
    return (model[operation] as (args: Json) => unknown)({ ...args, where });
  }
}

/** `{organizationId_id: {organizationId, id}}` selects what `{organizationId, id}` matches. */
function flattenKeys(compoundKeys: Readonly<Record<string, readonly string[]>>, where: unknown): unknown {
  if (!isPlainObject(where)) return where;
  const flat = Object.entries(where).map(([name, value]) =>
    Object.hasOwn(compoundKeys, name) && isPlainObject(value) ? value : { [name]: value },
  );
  return { AND: flat };
}
