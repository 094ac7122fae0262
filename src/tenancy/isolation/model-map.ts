import { UnknownModelScopeError } from '../tenancy.errors.js';
import type { ModelScope, ScopePolicy } from './scope-policy.js';

/** What the core needs to know of a model; generated from the Prisma schema. */
export interface ModelDescription {
  readonly table: string;
  /** Field name to column name. */
  readonly columns: Readonly<Record<string, string>>;
  readonly relations: Readonly<Record<string, { readonly model: string; readonly isList: boolean }>>;
  /** Names of compound unique selectors to their fields. */
  readonly compoundKeys: Readonly<Record<string, readonly string[]>>;
}

export type ModelMap = Readonly<Record<string, ModelDescription>>;

/** A model together with its declared scope. */
export interface ScopedModel extends ModelDescription {
  readonly name: string;
  readonly scope: ModelScope;
}

/**
 * Joins the schema with the scope policy.
 * @throws MODEL_SCOPE_UNKNOWN naming every model without a row, so that a new model cannot be forgotten.
 */
export function joinScopes(models: ModelMap, policy: ScopePolicy): ReadonlyMap<string, ScopedModel> {
  const undeclared = Object.keys(models).filter((name) => !Object.hasOwn(policy, name));
  if (undeclared.length > 0) throw new UnknownModelScopeError(undeclared);
  return new Map(
    Object.entries(models).map(([name, model]) => [name, { ...model, name, scope: policy[name] as ModelScope }]),
  );
}
