import { OperationRefusedError } from '../tenancy.errors.js';
import type { ScopedModel } from './model-map.js';
import { isPlainObject, type Json } from './scope-filters.js';

/** Arguments of Prisma that name fields: as keys of an object, or as a list. */
const NAMING = ['select', '_count', '_min', '_max', '_sum', '_avg', 'by', 'distinct'];
/** Arguments in which they may stand at any depth. */
const NAMING_DEEPLY = ['having', 'orderBy'];

function hiddenOf(model: ScopedModel): readonly string[] {
  return model.scope.scope === 'PRODUCT' ? (model.scope.hidden ?? []) : [];
}

/** Refuses to touch a field of a shared row that organizations may not see: a condition on it would tell its value, too. */
export function refuseHidden(model: ScopedModel, fields: readonly string[]): void {
  const touched = fields.filter((field) => hiddenOf(model).includes(field));
  if (touched.length === 0) return;
  throw new OperationRefusedError(`Reading ${model.name}.${touched.join(', ')}`, 'Organizations do not see it.');
}

/** Checks the fields that a read names, and leaves the hidden ones out of one that names none. */
export function withoutHidden(model: ScopedModel, args: Json): Json {
  const hidden = hiddenOf(model);
  if (hidden.length === 0) return {};
  for (const argument of NAMING) {
    const named = args[argument];
    if (isPlainObject(named))
      refuseHidden(
        model,
        Object.keys(named).filter((field) => named[field] !== false),
      );
    else if (named !== undefined)
      refuseHidden(
        model,
        [named].flat().filter((field) => typeof field === 'string'),
      );
  }
  for (const argument of NAMING_DEEPLY) refuseHidden(model, keysIn(args[argument]));
  if (args['select'] !== undefined) return {};
  const omitted = isPlainObject(args['omit']) ? args['omit'] : {};
  return { omit: { ...omitted, ...Object.fromEntries(hidden.map((field) => [field, true])) } };
}

function keysIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysIn);
  if (!isPlainObject(value)) return [];
  return Object.entries(value).flatMap(([key, part]) => [key, ...keysIn(part)]);
}
