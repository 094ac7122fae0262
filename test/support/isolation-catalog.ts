import type pg from 'pg';
import { modelMap } from '../../src/generated/model-map.js';
import { type ModelScope, scopePolicy } from '../../src/tenancy/index.js';

/** One column of a model, as PostgreSQL has it, under the name that Prisma gives it. */
export interface CatalogField {
  readonly name: string;
  readonly column: string;
  /** Name of the type without length, `text` for `text[]` as well. */
  readonly type: string;
  readonly isList: boolean;
  readonly maxLength: number | null;
  readonly isNullable: boolean;
  /** The values that a CHECK of the form `IN (…)` lists. */
  readonly allowed: readonly string[];
  /** Roles that may read or change the column. */
  readonly readers: readonly string[];
  readonly writers: readonly string[];
}

/** A foreign key, in the words of Prisma. */
export interface Reference {
  readonly fields: readonly string[];
  readonly model: string;
  readonly targetFields: readonly string[];
  readonly isNullable: boolean;
}

/** A unique key, by the name of its Prisma selector. */
export interface Selector {
  readonly name: string;
  readonly fields: readonly string[];
}

/** A model of the schema joined with its scope and with what the database says of its table. */
export interface CatalogModel {
  readonly name: string;
  /** Name of the delegate: `clientCredential`. */
  readonly property: string;
  readonly table: string;
  readonly scope: ModelScope;
  readonly fields: readonly CatalogField[];
  readonly relations: Readonly<Record<string, { readonly model: string; readonly isList: boolean }>>;
  readonly references: readonly Reference[];
  /** The primary key first. */
  readonly selectors: readonly Selector[];
  /** Roles that may add or delete rows. */
  readonly inserters: readonly string[];
  readonly deleters: readonly string[];
}

export type Catalog = ReadonlyMap<string, CatalogModel>;

interface ColumnRow {
  table: string;
  column: string;
  type: string;
  is_list: boolean;
  max_length: number | null;
  is_nullable: boolean;
  readers: string[];
  writers: string[];
  inserters: string[];
  deleters: string[];
}
interface KeyRow {
  table: string;
  columns: string[];
}
interface ForeignKeyRow extends KeyRow {
  target: string;
  target_columns: string[];
}
interface CheckRow extends KeyRow {
  definition: string;
}
type TableName = { readonly name: string; readonly columns: Readonly<Record<string, string>> };

const ROLES = "(VALUES ('bulkhead_app'), ('bulkhead_system')) AS r (name)";
const MAY = (test: string) => `ARRAY(SELECT r.name FROM ${ROLES} WHERE ${test})`;
const NAMES = (keys: string, table: string) =>
  `ARRAY(SELECT a.attname::text FROM unnest(${keys}) WITH ORDINALITY AS k (number, place)
          JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = k.number ORDER BY k.place)`;
const COLUMNS = `
  SELECT c.relname AS table, a.attname AS column, coalesce(e.typname, t.typname) AS type, e.oid IS NOT NULL AS is_list,
         CASE WHEN a.atttypmod > 4 AND t.typname = 'varchar' THEN a.atttypmod - 4 END AS max_length, NOT a.attnotnull AS is_nullable,
         ${MAY("has_column_privilege(r.name, c.oid, a.attnum, 'SELECT')")} AS readers,
         ${MAY("has_column_privilege(r.name, c.oid, a.attnum, 'UPDATE')")} AS writers,
         ${MAY("has_table_privilege(r.name, c.oid, 'INSERT')")} AS inserters,
         ${MAY("has_table_privilege(r.name, c.oid, 'DELETE')")} AS deleters
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_type e ON t.typcategory = 'A' AND e.oid = t.typelem
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   ORDER BY c.relname, a.attnum`;
const UNIQUE_KEYS = `
  SELECT c.relname AS table, ${NAMES('i.indkey::smallint[]', 'c.oid')} AS columns
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
   WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL
   ORDER BY i.indisprimary DESC, i.indexrelid`;
const FOREIGN_KEYS = `
  SELECT c.relname AS table, ${NAMES('k.conkey', 'c.oid')} AS columns,
         f.relname AS target, ${NAMES('k.confkey', 'f.oid')} AS target_columns
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
   WHERE k.contype = 'f' AND c.relnamespace = 'public'::regnamespace ORDER BY k.oid`;
const CHECKS = `
  SELECT c.relname AS table, ${NAMES('k.conkey', 'c.oid')} AS columns, pg_get_constraintdef(k.oid) AS definition
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
   WHERE k.contype = 'c' AND c.relnamespace = 'public'::regnamespace`;

/** Reads what the tests need to know of every model; a model that is added later is there by itself. */
export async function readCatalog(admin: pg.Client): Promise<Catalog> {
  const read = async <Row>(text: string) => (await admin.query<Row & pg.QueryResultRow>(text)).rows;
  const columns = await read<ColumnRow>(COLUMNS);
  const uniqueKeys = await read<KeyRow>(UNIQUE_KEYS);
  const foreignKeys = await read<ForeignKeyRow>(FOREIGN_KEYS);
  const checks = await read<CheckRow>(CHECKS);
  const names = new Map(Object.entries(modelMap).map(([name, { table, columns }]) => [table, { name, columns }]));

  const models = Object.entries(modelMap)
    .filter(([name]) => isTriedModel(name))
    .map(([name, { table, relations, compoundKeys, columns: columnNames }]): CatalogModel => {
      const ofTable = <Row extends { table: string }>(rows: Row[]) => rows.filter((row) => row.table === table);
      const toField = fieldNames(columnNames);
      const rows = ofTable(columns).filter(({ column }) => toField(column) !== undefined);
      const nullable = new Set(rows.filter((row) => row.is_nullable).map(({ column }) => column));
      return {
        name,
        property: name.charAt(0).toLowerCase() + name.slice(1),
        table,
        scope: scopePolicy[name] as ModelScope,
        relations: Object.fromEntries(Object.entries(relations).filter(([, { model }]) => isTriedModel(model))),
        fields: rows.map((row) => describeField(row, toField(row.column) as string, ofTable(checks))),
        references: ofTable(foreignKeys).map((key) => describeReference(key, toField, names, nullable)),
        selectors: ofTable(uniqueKeys).flatMap((key) => describeSelector(key, toField, compoundKeys)),
        inserters: rows[0]?.inserters ?? [],
        deleters: rows[0]?.deleters ?? [],
      };
    });
  return new Map(models.map((model) => [model.name, model]));
}

/** Not what belongs to a whole product and has no id to be told by: settings and indexes, which nobody reaches by model. */
export function isTriedModel(name: string): boolean {
  return (
    scopePolicy[name]?.scope !== 'PRODUCT' ||
    'id' in ((modelMap as Readonly<Record<string, Pick<TableName, 'columns'>>>)[name]?.columns ?? {})
  );
}

function describeField(row: ColumnRow, name: string, checks: readonly CheckRow[]): CatalogField {
  // `IN (…)` as PostgreSQL prints it: `= ANY (ARRAY[…])`, or `=` for a list of one.
  const isList = new RegExp(`^CHECK \\(\\(+"?${row.column}"?\\)?(::text)? = (ANY|')`);
  const lists = checks.filter(({ columns, definition }) => columns.join() === row.column && isList.test(definition));
  return {
    name,
    column: row.column,
    type: row.type.replace(/^_/, ''),
    isList: row.is_list,
    maxLength: row.max_length,
    isNullable: row.is_nullable,
    allowed: lists.flatMap(({ definition }) =>
      [...definition.matchAll(/'([^']*)'::/g)].map(([, value]) => value as string),
    ),
    readers: row.readers,
    writers: row.writers,
  };
}

function describeReference(
  key: ForeignKeyRow,
  toField: (column: string) => string | undefined,
  names: ReadonlyMap<string, TableName>,
  nullable: ReadonlySet<string>,
): Reference {
  const target = names.get(key.target);
  if (!target) throw new Error(`${key.table} refers to ${key.target}, which is no model.`);
  return {
    fields: key.columns.map((column) => toField(column) as string),
    model: target.name,
    targetFields: key.target_columns.map((column) => fieldNames(target.columns)(column) as string),
    isNullable: key.columns.some((column) => nullable.has(column)),
  };
}

function describeSelector(
  key: KeyRow,
  toField: (column: string) => string | undefined,
  compoundKeys: Readonly<Record<string, readonly string[]>>,
): Selector[] {
  const fields = key.columns.map((column) => toField(column) ?? '');
  const [name] = Object.entries(compoundKeys).find(([, names]) => names.join() === fields.join()) ?? [];
  if (name !== undefined) return [{ name, fields }];
  return fields.length === 1 && fields[0] ? [{ name: fields[0], fields }] : [];
}

function fieldNames(columns: Readonly<Record<string, string>>): (column: string) => string | undefined {
  const names = new Map(Object.entries(columns).map(([field, column]) => [column, field]));
  return (column) => names.get(column);
}
