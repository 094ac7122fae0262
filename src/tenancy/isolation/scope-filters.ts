import type { ScopedContext } from '../context/organization-context.js';
import { ForeignOrganizationError, OperationRefusedError } from '../tenancy.errors.js';
import type { ScopedModel } from './model-map.js';

export type Json = Record<string, unknown>;

/** The condition that every row of `model` visible in `context` meets. */
export function visibleRows(model: ScopedModel, context: ScopedContext): Json {
  switch (model.scope.scope) {
    case 'ORGANIZATION':
      return { [model.scope.key]: context.organizationId, product: context.product };
    case 'PRODUCT':
      if (model.scope.through === null) {
        throw new OperationRefusedError(
          `Reading ${model.name}`,
          'It belongs to no organization; only sign-in reads it.',
        );
      }
      return {
        product: context.product,
        [model.scope.through]: { some: { organizationId: context.organizationId, product: context.product } },
      };
    case 'GLOBAL':
      return {};
  }
}

/** Fills in organization and product of a row to be written, and refuses a row that names others. */
export function stampRow(model: ScopedModel, row: unknown, context: ScopedContext): Json {
  const data = ownScalars(model, row);
  const stamp = ownership(model, context);
  for (const [field, value] of Object.entries(stamp)) {
    if (data[field] !== undefined && data[field] !== value) throw new ForeignOrganizationError(model.name, field);
  }
  return { ...data, ...stamp };
}

/** Checks the changes to a row: organization and product never change. */
export function checkChanges(model: ScopedModel, changes: unknown, context: ScopedContext): Json {
  const data = { ...ownScalars(model, changes) };
  for (const [field, value] of Object.entries(ownership(model, context))) {
    if (!Object.hasOwn(data, field)) continue;
    const change = data[field];
    const next = isPlainObject(change) ? change['set'] : change;
    if (next !== value) throw new ForeignOrganizationError(model.name, field);
    delete data[field];
  }
  return data;
}

function ownership(model: ScopedModel, context: ScopedContext): Json {
  if (model.scope.scope !== 'ORGANIZATION') {
    throw new OperationRefusedError(`Writing ${model.name}`, 'An organization owns no rows of this model.');
  }
  return { [model.scope.key]: context.organizationId, product: context.product };
}

function ownScalars(model: ScopedModel, row: unknown): Json {
  if (!isPlainObject(row)) throw new OperationRefusedError(`Writing ${model.name} without data`, 'Pass an object.');
  for (const field of Object.keys(row)) {
    if (Object.hasOwn(model.relations, field)) {
      // Over composite keys Prisma's `connect` would move the row to the other row's organization.
      throw new OperationRefusedError(
        `Writing ${model.name}.${field} as a relation`,
        'Write the scalar foreign key, and the other row by its own statement.',
      );
    }
  }
  return row;
}

export function isPlainObject(value: unknown): value is Json {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A cursor of another organization becomes one that does not exist: its position would tell of the other's rows. */
export function ownCursor(model: ScopedModel, cursor: unknown, context: ScopedContext): unknown {
  if (!isPlainObject(cursor) || model.scope.scope !== 'ORGANIZATION') return cursor;
  const key = model.scope.key;
  const names = Object.keys(cursor).flatMap((name) => model.compoundKeys[name] ?? [name]);
  if (!names.includes(key)) {
    throw new OperationRefusedError(
      `A cursor on ${model.name} without ${key}`,
      'It could stand on another organization’s row.',
    );
  }
  return Object.fromEntries(
    Object.entries(cursor).map(([name, value]) => {
      if (name === key) return [name, context.organizationId];
      const isOwned = isPlainObject(value) && model.compoundKeys[name]?.includes(key);
      return [name, isOwned ? { ...value, [key]: context.organizationId } : value];
    }),
  );
}
