import { randomBytes, randomUUID } from 'node:crypto';
import type { Catalog, CatalogField, CatalogModel, Reference } from './isolation-catalog.js';

export type Json = Record<string, unknown>;

/** Every model has rows at these positions; the rows of two organizations at one position mirror each other. */
export const POSITIONS = [0, 1, 2] as const;
/** People at this position belong to both organizations. */
export const SHARED = 2;
/** The position of a row that is to be created or deleted: in the database only when a test asks for it. */
export const SPARE = 3;

const FIRST_MOMENT = Date.UTC(2020, 0, 1);

/** Values that neither the column's type nor its CHECK tells, by `table.column`. */
const VALUES: Readonly<Record<string, (position: number) => unknown>> = {
  // One per organization is active, and one that is destroyed has no key.
  'organization_keys.state': (position) => (position === 0 ? 'ACTIVE' : 'RETIRED'),
  'client_credentials.health_evidence': toEvidence,
  'faq_embeddings.signature': () => '01'.repeat(128),
  'integrations.health_evidence': toEvidence,
};

/** A code, and no words of a provider. */
function toEvidence(position: number): string {
  return `EVIDENCE_${'ABCD'[position]}`;
}

/**
 * The rows that one organization has in every model, made from the schema: parents by following the foreign keys, the
 * set's marker in every text. Making them does not put them into the database.
 */
export class RowSet {
  readonly organizationId: string = randomUUID();
  /** Stands in every text of the set; short enough for a `varchar(20)`. */
  readonly marker: string;
  private readonly rows = new Map<string, Json>();
  private home: RowSet = this;

  constructor(
    private readonly catalog: Catalog,
    name: string,
    private readonly product: string,
    /** Holds the rows that this set has in common with others; they lead to the organization of the one that is home. */
    private readonly shared?: { readonly set: RowSet; readonly isHome: boolean },
  ) {
    this.marker = `${name}${randomBytes(4).toString('hex')}`;
    if (shared?.isHome) shared.set.leadTo(this);
  }

  private leadTo(home: RowSet): void {
    this.home = home;
  }

  /** Returns one row under the names of Prisma; the same object each time. */
  row(name: string, position: number): Json {
    const model = this.catalog.get(name);
    if (!model) throw new Error(`${name} is no model.`);
    const place = isRoot(model) ? 0 : position;
    if (this.shared && place === SHARED && isSharable(model)) return this.shared.set.row(name, place);
    const key = `${name}.${place}`;
    const known = this.rows.get(key);
    if (known) return known;
    const row: Json = Object.fromEntries(model.fields.map((field) => [field.name, this.value(model, field, place)]));
    this.rows.set(key, row);
    for (const reference of model.references) Object.assign(row, this.pointer(model, reference, place));
    return row;
  }

  /** The rows made so far that are this set's alone. */
  made(): { readonly place: string; readonly row: Json }[] {
    return [...this.rows].map(([place, row]) => ({ place, row }));
  }

  private pointer(model: CatalogModel, reference: Reference, position: number): Json {
    const target = this.catalog.get(reference.model) as CatalogModel;
    const place = isRoot(model) && isSharable(target) ? SHARED : position;
    const parent = (target.scope.scope === 'ORGANIZATION' ? this.home : this).row(reference.model, place);
    return Object.fromEntries(
      reference.fields.map((field, index) => [field, parent[reference.targetFields[index] as string]]),
    );
  }

  private value(model: CatalogModel, field: CatalogField, position: number): unknown {
    const given = VALUES[`${model.table}.${field.column}`];
    if (given) return given(position);
    const value = this.single(model, field, position);
    return field.isList ? [value] : value;
  }

  private single(model: CatalogModel, field: CatalogField, position: number): unknown {
    if (field.name === 'product') return this.product;
    if (/organizationId$/i.test(field.name)) return this.home.organizationId;
    if (isRoot(model) && field.name === 'id') return this.organizationId;
    if (field.allowed.length > 0) return field.allowed[position % field.allowed.length];
    switch (field.type) {
      case 'uuid':
        return randomUUID();
      case 'text':
      case 'varchar':
        return this.text(position, field);
      case 'bool':
        return true;
      case 'int2':
      case 'int4':
      case 'int8':
      case 'float4':
      case 'float8':
      case 'numeric':
        return position + 1;
      case 'timestamptz':
      case 'timestamp':
      case 'date':
        return field.isNullable ? null : new Date(FIRST_MOMENT + position * 60_000);
      case 'jsonb':
      case 'json':
        return { note: this.text(position, field) };
      default:
        throw new Error(
          `Say in test/support/isolation-rows.ts what ${model.table}.${field.column} (${field.type}) can hold.`,
        );
    }
  }

  /** Fits slugs and addresses as well: lower case, digits and hyphens. */
  private text(position: number, field: CatalogField): string {
    const text = `${position}-${this.marker}-${field.column.replaceAll('_', '-')}`;
    return text.slice(0, field.maxLength ?? text.length).replace(/-+$/, '');
  }
}

/** The organization itself has no positions: there is one per set. */
export function isRoot(model: CatalogModel): boolean {
  return model.scope.scope === 'ORGANIZATION' && model.scope.key === 'id';
}

/** A person can belong to several organizations; what an organization owns cannot. */
function isSharable(model: CatalogModel): boolean {
  return model.scope.scope === 'PRODUCT' && model.scope.through !== null;
}
