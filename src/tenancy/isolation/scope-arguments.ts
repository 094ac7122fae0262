import type { ScopedContext } from '../context/organization-context.js';
import { OperationRefusedError } from '../tenancy.errors.js';
import type { ScopedModel } from './model-map.js';
import { checkChanges, isPlainObject, type Json, stampRow, visibleRows } from './scope-filters.js';
import { ScopedSelection } from './scope-selection.js';

/** Rewrites the arguments of one Prisma operation so that it reaches rows of one organization only. Pure. */
export type ScopeArguments = (model: string, operation: string, args: unknown, context: ScopedContext) => Json;

/**
 * Builds the rewriter for a set of models. It keeps no state and asks nobody: the context is a parameter, because
 * below this point (batching, driver) the ambient context can be another request's.
 * @see docs/decisions/2026-11-21-two-walls.md
 */
export function createScopeArguments(models: ReadonlyMap<string, ScopedModel>): ScopeArguments {
  const rewriter = new ArgumentsRewriter(new ScopedSelection(models));
  return (name, operation, args, context) => {
    const model = models.get(name);
    if (!model) throw new OperationRefusedError(`The unknown model ${name}`, 'Declare its scope.');
    return rewriter.rewrite(model, operation, isPlainObject(args) ? args : {}, context);
  };
}

class ArgumentsRewriter {
  constructor(private readonly selection: ScopedSelection) {}

  rewrite(model: ScopedModel, operation: string, args: Json, context: ScopedContext): Json {
    const read = () => this.selection.apply(model, args, context);
    switch (operation) {
      case 'findFirst':
      case 'findFirstOrThrow':
      case 'findMany':
        return { ...read(), where: this.where(model, args['where'], context) };
      case 'count':
      case 'aggregate':
      case 'groupBy': {
        const { omit: _omit, ...rest } = read();
        return { ...rest, where: this.where(model, args['where'], context) };
      }
      case 'findUnique':
      case 'findUniqueOrThrow':
        // Prisma merges the unique reads of one tick, of all requests, into one statement.
        throw new OperationRefusedError(
          operation,
          'The isolation extension makes it a findFirst; call it on the model.',
        );
      case 'create':
        return { ...read(), data: stampRow(model, args['data'], context) };
      case 'createMany':
      case 'createManyAndReturn':
        return { ...read(), data: toList(args['data']).map((row) => stampRow(model, row, context)) };
      case 'update':
      case 'upsert':
      case 'delete':
        return {
          ...read(),
          ...this.writes(model, args, context),
          where: this.uniqueWhere(model, args['where'], context),
        };
      case 'updateMany':
      case 'updateManyAndReturn':
      case 'deleteMany':
        return { ...read(), ...this.writes(model, args, context), where: this.where(model, args['where'], context) };
      default:
        throw new OperationRefusedError(`${model.name}.${operation}`, 'It is not known to be isolated.');
    }
  }

  private where(model: ScopedModel, condition: unknown, context: ScopedContext): Json {
    const own = visibleRows(model, context);
    if (condition === undefined) return own;
    const asked = this.selection.where(model, condition, context);
    // Side by side is cheaper than AND, which Prisma takes apart again; what names the same field must stay beside it.
    const isDisjoint = !Object.keys(own).some((field) => Object.hasOwn(asked, field));
    return isDisjoint ? { ...asked, ...own } : { AND: [asked, own] };
  }

  /** A unique selector must stay on the top level; where it names another organization, nothing matches. */
  private uniqueWhere(model: ScopedModel, condition: unknown, context: ScopedContext): Json {
    const selector = this.selection.where(model, condition, context);
    return { ...selector, AND: [visibleRows(model, context), ...toList(selector['AND'] ?? [])] };
  }

  /** What an update, upsert or delete writes. Also refuses models of which an organization owns no rows. */
  private writes(model: ScopedModel, args: Json, context: ScopedContext): Json {
    const written: Json = {};
    if ('create' in args) written['create'] = stampRow(model, args['create'], context);
    for (const part of ['data', 'update']) {
      if (part in args) written[part] = checkChanges(model, args[part], context);
    }
    if (Object.keys(written).length === 0) checkChanges(model, {}, context);
    return written;
  }
}

function toList(data: unknown): unknown[] {
  return Array.isArray(data) ? data : [data];
}
