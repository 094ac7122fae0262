import pg from 'pg';
import { Configuration } from '../../src/platform/config/configuration.js';
import { type Catalog, type CatalogModel, readCatalog } from './isolation-catalog.js';
import { isRoot, type Json, POSITIONS, RowSet, SPARE } from './isolation-rows.js';
import { environmentFor } from './test-environment.js';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** Whatever was written meanwhile; the rows of the sets are older. */
const RECENT_MOMENT = /20(?:2[1-9]|[3-9]\d)-\d\d-\d\dT[\d:.]+Z/g;
/** Microseconds since 1970, as triggers count changes. */
const VERSION_BY_CLOCK = /(?<="dataVersion":)\d{16}\b/g;

export interface Population {
  /** Whether the foreign organization is there at all. */
  readonly foreign: boolean;
  /** A model of which a test will create or delete the row at {@link SPARE}: its parents are there, and itself if `isThere`. */
  readonly spare?: { readonly model: CatalogModel; readonly isThere: boolean };
}

export type Fingerprint = ReadonlyMap<string, { readonly own: string | null; readonly foreign: string | null }>;

/** Connects as superuser to the database of this jest worker: what the tests plant and check, no wall sees. */
export async function connectAsAdmin(
  databaseUrl = environmentFor()['DATABASE_OWNER_URL'] as string,
): Promise<pg.Client> {
  const url = new URL(process.env['TEST_ADMIN_DATABASE_URL'] as string);
  url.pathname = new URL(databaseUrl).pathname;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  return client;
}

/** The caller's organization, a foreign one, and one that is nowhere, each with rows in every model that mirror the others'. */
export class IsolationWorld {
  readonly own: RowSet;
  readonly foreign: RowSet;
  readonly absent: RowSet;
  private readonly shared: RowSet;
  private readonly foreignIds: ReadonlySet<string>;
  private readonly hiddenTexts: RegExp;
  private readonly labels: ReadonlyMap<string, string>;
  /** The rows that stand in the database, by model. */
  private readonly present = new Map<string, ReadonlySet<Json>>();

  private constructor(
    readonly admin: pg.Client,
    /** As a replica, PostgreSQL leaves the foreign keys unchecked: rows may come and go in any order. */
    private readonly replica: pg.Client,
    readonly catalog: Catalog,
    readonly product: string,
  ) {
    this.shared = new RowSet(catalog, 'shared', product);
    this.own = new RowSet(catalog, 'own', product, { set: this.shared, isHome: false });
    // People of both organizations are at home in the foreign one.
    this.foreign = new RowSet(catalog, 'canary', product, { set: this.shared, isHome: true });
    this.absent = new RowSet(catalog, 'absent', product);
    for (const set of [this.own, this.foreign, this.absent]) {
      for (const name of catalog.keys()) for (const position of [...POSITIONS, SPARE]) set.row(name, position);
    }
    const common = new Set(this.shared.made().map(({ row }) => row['id']));
    this.foreignIds = new Set(idsIn(this.foreign).filter((id) => !common.has(id)));
    this.hiddenTexts = hiddenTextsOf(catalog);
    this.labels = new Map([...labelsOf(this.foreign), ...labelsOf(this.absent)]);
  }

  static async open(): Promise<IsolationWorld> {
    const [admin, replica] = [await connectAsAdmin(), await connectAsAdmin()];
    const { product } = Configuration.load(environmentFor());
    try {
      // On a connection of its own: changing it makes PostgreSQL forget the plans of all statements.
      await replica.query('SET session_replication_role = replica');
      const world = new IsolationWorld(admin, replica, await readCatalog(admin), product);
      await world.restore({ foreign: true });
      await world.requireReferences();
      return world;
    } catch (error) {
      await Promise.all([admin.end(), replica.end()]);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.replace([...this.catalog.values()].map((model) => this.deletion(model)));
    await Promise.all([this.admin.end(), this.replica.end()]);
  }

  /**
   * Puts the sets' rows into the database as they were made, and takes out whatever else the organizations have.
   * @param touched - the models whose rows are not what the last call left
   */
  async restore(population: Population, touched: Iterable<string> = []): Promise<void> {
    const spare = this.spareModels(population.spare);
    const sets = population.foreign ? [this.own, this.foreign] : [this.own];
    const dirty = new Set(touched);
    const models = [...this.catalog.values()].flatMap((model) => {
      const places = spare.includes(model.name) ? [...POSITIONS, SPARE] : POSITIONS;
      const rows = new Set(sets.flatMap((set) => places.map((place) => set.row(model.name, place))));
      const present = this.present.get(model.name);
      const isThere =
        present?.size === rows.size && [...rows].every((row) => present.has(row)) && !dirty.has(model.name);
      return isThere ? [] : [{ model, rows }];
    });
    if (models.length === 0) return;
    await this.replace([
      ...models.map(({ model }) => this.deletion(model)),
      ...models.map(({ model, rows }) => this.insertion(model, [...rows])),
    ]);
    for (const { model, rows } of models) this.present.set(model.name, rows);
  }

  /**
   * Returns a digest of the own and of all other rows, by model; the others' covers the people of both as well.
   * Sums of hashes need no order: sorting whole rows by the rules of a language took most of the time of all writes.
   */
  async fingerprint(about?: CatalogModel): Promise<Fingerprint> {
    const digest = (model: CatalogModel, ...sets: RowSet[]) =>
      `(SELECT sum(hashtextextended(t::text, 0)) FROM ${model.table} t WHERE ${this.isOf(model, sets)})`;
    const models = [...this.catalog.values()].filter((model) => !about || isNear(this.catalog, model, about));
    const parts = models.map(
      (model) =>
        `SELECT '${model.name}' AS model, ${digest(model, this.own)} AS own, ${digest(model, this.foreign, this.absent)} AS foreign`,
    );
    const { rows } = await this.admin.query<{ model: string; own: string | null; foreign: string | null }>({
      name: `fingerprint-${about?.name ?? 'all'}-${this.own.marker}`,
      text: parts.join(' UNION ALL '),
    });
    return new Map(rows.map(({ model, own, foreign }) => [model, { own, foreign }]));
  }

  /** Tells what of the foreign organization a text gives away, apart from what stands in `sent`. */
  secretsIn(text: string, sent = ''): string[] {
    const ids = new Set(text.match(UUID));
    const found = [...ids].filter((id) => this.foreignIds.has(id) && !sent.includes(id));
    if (text.includes(this.foreign.marker) && !sent.includes(this.foreign.marker)) found.push(this.foreign.marker);
    return found;
  }

  /** Tells whether a text holds a value that organizations must not see of anybody, not even of their own people. */
  holdsHidden(text: string): boolean {
    return this.hiddenTexts.test(text);
  }

  /** Replaces ids, markers and times by what they stand for, so that the foreign and the absent organization read the same. */
  mask(text: string): string {
    return text
      .replace(UUID, (id) => this.labels.get(id) ?? id)
      .replaceAll(this.foreign.marker, '<marker>')
      .replaceAll(this.absent.marker, '<marker>')
      .replace(RECENT_MOMENT, '<now>')
      .replace(VERSION_BY_CLOCK, '<now>');
  }

  /** The condition of a model's rows that belong to one of the sets. */
  private isOf(model: CatalogModel, sets: readonly RowSet[]): string {
    const quote = (value: unknown) =>
      this.admin.escapeLiteral(value instanceof Date ? value.toISOString() : String(value));
    const { scope } = model;
    const owner = scope.scope === 'ORGANIZATION' ? scope.key : scope.scope === 'PRODUCT' ? scope.purgedBy : undefined;
    if (owner !== undefined) {
      const column = model.fields.find(({ name }) => name === owner)?.column;
      return `t.${column} IN (${sets.map((set) => quote(set.organizationId)).join(', ')})`;
    }
    const key = model.selectors[0]?.fields ?? [];
    const columns = key.map((name) => `t.${model.fields.find((field) => field.name === name)?.column}`);
    const rows = sets.flatMap((set) => [...POSITIONS, SPARE].map((place) => set.row(model.name, place)));
    const values = rows.map((row) => `(${key.map((name) => quote(row[name])).join(', ')})`);
    return `(${columns.join(', ')}) IN (${values.join(', ')})`;
  }

  private deletion(model: CatalogModel): string {
    return `DELETE FROM ${model.table} t WHERE ${this.isOf(model, [this.own, this.foreign, this.absent])}`;
  }

  private insertion(model: CatalogModel, rows: readonly Json[]): string {
    const columns = model.fields.map(({ column }) => `"${column}"`).join(', ');
    const records = rows.map((row) => Object.fromEntries(model.fields.map(({ name, column }) => [column, row[name]])));
    const json = this.admin.escapeLiteral(JSON.stringify(records));
    return `INSERT INTO ${model.table} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${model.table}, ${json})`;
  }

  /** One message, one transaction. */
  private async replace(statements: readonly string[]): Promise<void> {
    await this.replica.query(statements.join('; '));
  }

  /** The parents that the row at {@link SPARE} of a model needs, and the model itself if it is to be there. */
  private spareModels(spare: Population['spare']): string[] {
    if (!spare) return [];
    const seen = new Set([spare.model.name]);
    for (const name of seen) {
      for (const { model } of this.catalog.get(name)?.references ?? []) seen.add(model);
    }
    if (!spare.isThere) seen.delete(spare.model.name);
    return [...seen].filter((name) => !isRoot(this.catalog.get(name) as CatalogModel));
  }

  /** What was made from the schema must keep its foreign keys: else a test that finds nothing would prove nothing. */
  private async requireReferences(): Promise<void> {
    const sets = [this.own, this.foreign];
    for (const model of this.catalog.values()) {
      const column = (name: string, of = model) => of.fields.find((field) => field.name === name)?.column;
      for (const { fields, targetFields, model: name } of model.references) {
        const target = this.catalog.get(name) as CatalogModel;
        const pairs = fields.map(
          (field, index) => `p.${column(targetFields[index] as string, target)} = t.${column(field)}`,
        );
        const { rowCount } = await this.admin.query(
          `SELECT FROM ${model.table} t WHERE ${this.isOf(model, sets)} AND ${fields.map((field) => `t.${column(field)} IS NOT NULL`).join(' AND ')}
              AND NOT EXISTS (SELECT FROM ${target.table} p WHERE ${pairs.join(' AND ')})`,
        );
        if (rowCount)
          throw new Error(`${rowCount} planted rows of ${model.name} point over ${fields.join()} to no ${name}.`);
      }
    }
  }
}

/** Every text of a set ends with the name of its column. */
function hiddenTextsOf(catalog: Catalog): RegExp {
  const shared = [...catalog.values()].filter(({ scope }) => scope.scope === 'PRODUCT' && scope.through !== null);
  const columns = shared
    .flatMap(({ fields }) => fields)
    .filter(({ type, readers }) => type === 'text' && !readers.includes('bulkhead_app'))
    .map(({ column }) => column.replaceAll('_', '-'));
  return new RegExp(`\\d-(own|canary|shared)[0-9a-f]{8}-(${columns.join('|') || 'none'})\\b`);
}

function idsIn(set: RowSet): string[] {
  return set.made().flatMap(({ row }) => Object.values(row).filter(isUuid));
}

function labelsOf(set: RowSet): [string, string][] {
  return set
    .made()
    .flatMap(({ place, row }) =>
      Object.entries(row).flatMap(([field, value]): [string, string][] =>
        isUuid(value) ? [[value, `<${place}.${field}>`]] : [],
      ),
    );
}

function isUuid(value: unknown): value is string {
  return typeof value === 'string' && value.replace(UUID, '') === '';
}

/** Whether an operation on one model can reach the other: in one step, or by a trigger in two. */
function isNear(catalog: Catalog, model: CatalogModel, about: CatalogModel): boolean {
  const areLinked = (one: CatalogModel, other: CatalogModel) =>
    one.name === other.name ||
    one.references.some((reference) => reference.model === other.name) ||
    other.references.some((reference) => reference.model === one.name);
  if (areLinked(model, about)) return true;
  // Everything is two steps from everything by the organization.
  const between = [...catalog.values()].filter(({ name }) => name !== 'Organization');
  return between.some((step) => areLinked(model, step) && areLinked(step, about));
}
