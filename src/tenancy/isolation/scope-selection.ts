import type { ScopedContext } from '../context/organization-context.js';
import { OperationRefusedError } from '../tenancy.errors.js';
import type { ScopedModel } from './model-map.js';
import { isPlainObject, type Json, ownCursor, visibleRows } from './scope-filters.js';
import { refuseHidden, withoutHidden } from './hidden-fields.js';

/** Filters what an operation reaches through relations: conditions, nested reads, counts, orders and cursors. */
export class ScopedSelection {
  constructor(private readonly models: ReadonlyMap<string, ScopedModel>) {}

  /** Rewrites every argument but `where` and `data`. */
  apply(model: ScopedModel, args: Json, context: ScopedContext): Json {
    const rewritten: Json = { ...args, ...withoutHidden(model, args) };
    for (const part of ['include', 'select'] as const) {
      if (args[part] !== undefined) rewritten[part] = this.nestedReads(model, args[part], context);
    }
    if (args['orderBy'] !== undefined) this.checkOrder(model, args['orderBy'], context);
    if (args['cursor'] !== undefined) rewritten['cursor'] = ownCursor(model, args['cursor'], context);
    return rewritten;
  }

  /** Rewrites a condition: what it says of related rows is said of this organization's related rows. */
  where(model: ScopedModel, condition: unknown, context: ScopedContext): Json {
    if (!isPlainObject(condition)) {
      throw new OperationRefusedError(
        `A condition on ${model.name} that is no object`,
        'Pass an object, or leave it out.',
      );
    }
    const rewritten: Json = {};
    for (const [key, value] of Object.entries(condition)) {
      if (value === undefined) {
        throw new OperationRefusedError(`${model.name}.${key}: undefined in a condition`, 'It would match every row.');
      }
      rewritten[key] = this.wherePart(model, key, value, context);
    }
    return rewritten;
  }

  private wherePart(model: ScopedModel, key: string, value: unknown, context: ScopedContext): unknown {
    if (key === 'AND' || key === 'OR' || key === 'NOT') {
      return Array.isArray(value)
        ? value.map((part) => this.where(model, part, context))
        : this.where(model, value, context);
    }
    const relation = model.relations[key];
    refuseHidden(model, [key]);
    if (!relation || value === null) return value;
    const related = this.related(relation.model);
    const own = visibleRows(related, context);
    const inner = (part: unknown) => this.where(related, part, context);
    if (!isPlainObject(value))
      throw new OperationRefusedError(`A condition on ${model.name}.${key}`, 'Pass an object.');
    const isOperator = ['is', 'isNot', 'some', 'every', 'none'].some((operator) => Object.hasOwn(value, operator));
    if (!isOperator) return { is: { AND: [inner(value), own] } };
    return Object.fromEntries(
      Object.entries(value).map(([operator, part]) => {
        if (part === null) return [operator, part];
        if (operator === 'every') return [operator, { OR: [{ NOT: own }, inner(part)] }];
        return [operator, { AND: [inner(part), own] }];
      }),
    );
  }

  private nestedReads(model: ScopedModel, selected: unknown, context: ScopedContext): unknown {
    if (!isPlainObject(selected)) return selected;
    return Object.fromEntries(
      Object.entries(selected).map(([field, value]) => [field, this.nestedRead(model, field, value, context)]),
    );
  }

  private nestedRead(model: ScopedModel, field: string, value: unknown, context: ScopedContext): unknown {
    if (value === false || value === null || value === undefined) return value;
    if (field === '_count') return this.counts(model, value, context);
    const relation = model.relations[field];
    if (!relation) return value;
    const related = this.related(relation.model);
    const own = visibleRows(related, context);
    const args = isPlainObject(value) ? value : {};
    const nested = this.apply(related, args, context);
    if (!relation.isList) {
      this.refuseNarrower(model, related, field);
      return Object.keys(nested).length > 0 ? nested : true;
    }
    const condition = args['where'] === undefined ? own : { AND: [this.where(related, args['where'], context), own] };
    return { ...nested, where: condition };
  }

  private counts(model: ScopedModel, value: unknown, context: ScopedContext): unknown {
    const lists = Object.entries(model.relations).filter(([, relation]) => relation.isList);
    const asked = isPlainObject(value) ? value['select'] : Object.fromEntries(lists.map(([field]) => [field, true]));
    if (!isPlainObject(asked)) return value;
    // In count, `_count` and its `select` may also name the model's own fields: those need no filter.
    const select = Object.entries(asked).map(([field, part]) => {
      const relation = model.relations[field];
      if (!relation || part === false) return [field, part];
      return [field, this.nestedRead(model, field, part, context)];
    });
    return { select: Object.fromEntries(select) as Json };
  }

  private checkOrder(model: ScopedModel, order: unknown, context: ScopedContext): void {
    for (const part of Array.isArray(order) ? order : [order]) {
      if (!isPlainObject(part)) continue;
      for (const [field, value] of Object.entries(part)) {
        const relation = model.relations[field];
        if (!relation) refuseHidden(model, [field]);
        if (!relation) continue;
        const related = this.related(relation.model);
        visibleRows(related, context);
        this.refuseNarrower(model, related, field);
        this.checkOrder(related, value, context);
      }
    }
  }

  /**
   * A to-one relation takes no filter. Between organization-scoped models the composite key keeps it inside; from a wider
   * model it could lead into any organization.
   */
  private refuseNarrower(model: ScopedModel, related: ScopedModel, field: string): void {
    if (model.scope.scope !== 'ORGANIZATION' && related.scope.scope === 'ORGANIZATION') {
      throw new OperationRefusedError(`Following ${model.name}.${field}`, 'It may lead into another organization.');
    }
  }

  private related(name: string): ScopedModel {
    const model = this.models.get(name);
    if (!model) throw new OperationRefusedError(`The unknown model ${name}`, 'Declare its scope.');
    return model;
  }
}
