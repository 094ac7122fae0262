import { Prisma } from '../../src/generated/prisma/client.js';
import { TenancyError } from '../../src/tenancy/index.js';
import { type Case, casesOf, changedField, type OperationCases } from './isolation-cases.js';
import type { CatalogModel } from './isolation-catalog.js';
import { POSITIONS, type RowSet } from './isolation-rows.js';
import type { WalledDatabase } from './isolation-walls.js';
import type { IsolationWorld, Population } from './isolation-world.js';

/** Fewer than the pool has connections: in a transaction each read takes one. */
const PARALLEL_READS = 6;
const REFUSALS = ['OPERATION_REFUSED', 'FOREIGN_ORGANIZATION'];

/** What a call came to: its answer or its error, as it is and without what differs between any two calls. */
interface Outcome {
  readonly isError: boolean;
  readonly value: unknown;
  readonly raw: string;
  readonly masked: string;
  /** The stable code of an error: ours, PostgreSQL's or Prisma's. */
  readonly code: string | null;
}

/** One call of a case, with what it left behind. */
interface Trial {
  readonly outcome: Outcome;
  readonly sent: string;
  readonly changesOwn: boolean;
  readonly changesForeign: boolean;
  /** The first of two: what came through there came through. */
  readonly earlier?: Trial;
}

export interface Finding {
  readonly model: string;
  readonly operation: string;
  readonly form: string;
  /** `leak`: something of another organization came through; `fault`: the call did not do what it is there for. */
  readonly kind: 'leak' | 'fault';
  readonly what: string;
}
type Observation = Pick<Finding, 'kind' | 'what'>;

/** Tries operations on models behind one composition of walls, and collects what comes through. */
export class IsolationMatrix {
  private readonly measures = new Map<string, Trial[]>();

  constructor(
    private readonly world: IsolationWorld,
    private readonly walled: WalledDatabase,
    private readonly isInTransaction = false,
  ) {}

  /** Tries every form about an organization that is nowhere, while the foreign one is not there either: the measure of the rest. */
  async measure(operations: Iterable<readonly [CatalogModel, string]>): Promise<void> {
    for (const [model, operation] of operations) {
      const table = this.casesOf(model, operation);
      this.measures.set(`${model.name}.${operation}`, await this.tryAll(model, operation, table, this.world.absent));
    }
  }

  /** Tries every form of one operation on one model about the foreign organization, and about the caller's own. */
  async examine(model: CatalogModel, operation: string): Promise<Finding[]> {
    const { own } = this.world;
    const table = this.casesOf(model, operation);
    const [measures, asForForeign] = await this.tryForForeign(model, operation, table);
    const reaching = table.cases.filter((each) => this.reachesOwn(each));
    const asForOwn = await this.tryAll(model, operation, { ...table, cases: reaching }, own);

    return table.cases.flatMap((each, index) => {
      const [measure, stranger] = [measures[index] as Trial, asForForeign[index] as Trial];
      const owner = asForOwn[reaching.indexOf(each)];
      const observations = [
        ...compare(measure, stranger),
        ...this.leaks(stranger, table.isWrite),
        ...(stranger.earlier ? this.leaks(stranger.earlier, table.isWrite) : []),
        ...(each.own === 'refused' ? this.checkRefusal(stranger) : []),
        ...(owner ? [...this.leaks(owner, table.isWrite), ...this.checkOwn(each, owner, model, operation)] : []),
      ];
      return observations.map((observation) => ({ ...observation, model: model.name, operation, form: each.form }));
    });
  }

  /**
   * Tries every form about the foreign organization, beside its measure. What tells the two apart is tried again, both: which
   * of several own rows refuses a change first is as PostgreSQL goes through them, and that may change with its statistics.
   */
  private async tryForForeign(
    model: CatalogModel,
    operation: string,
    table: OperationCases,
  ): Promise<[Trial[], Trial[]]> {
    const { absent, foreign } = this.world;
    const measures = [...(this.measures.get(`${model.name}.${operation}`) ?? [])];
    const trials = await this.tryAll(model, operation, table, foreign);
    const isApart = (_: Case, index: number) => compare(measures[index] as Trial, trials[index] as Trial).length > 0;
    const doubtful = table.cases.filter(isApart);
    if (doubtful.length === 0) return [measures, trials];
    const again = { ...table, cases: doubtful };
    const measuredAgain = await this.tryAll(model, operation, again, absent);
    const triedAgain = await this.tryAll(model, operation, again, foreign);
    for (const [index, each] of doubtful.entries()) {
      const place = table.cases.indexOf(each);
      measures[place] = measuredAgain[index] as Trial;
      trials[place] = { ...(triedAgain[index] as Trial), earlier: trials[place] };
    }
    return [measures, trials];
  }

  /** In a transaction those that need no second relation and no refusal by the rewriter. */
  private casesOf(model: CatalogModel, operation: string): OperationCases {
    const table = casesOf(this.world.catalog, model, operation, this.world.own);
    if (!this.isInTransaction) return table;
    return { ...table, cases: table.cases.filter(({ form }) => !/,|^nested/.test(form)) };
  }

  private reachesOwn({ own, needsFilter }: Case): boolean {
    const { filter, rowLevelSecurity } = this.walled.walls;
    const isMeant = own === 'found' || own === 'changed';
    return isMeant && (filter || (rowLevelSecurity && !needsFilter));
  }

  private async tryAll(
    model: CatalogModel,
    operation: string,
    table: OperationCases,
    target: RowSet,
  ): Promise<Trial[]> {
    const population: Population = {
      foreign: target !== this.world.absent,
      ...(table.spare !== undefined && { spare: { model, isThere: table.spare } }),
    };
    await this.world.restore(population);
    const before = await this.world.fingerprint();
    const touched = async (about?: CatalogModel) => {
      const after = await this.world.fingerprint(about);
      const differing = (whose: 'own' | 'foreign') =>
        [...after].filter(([name, digests]) => digests[whose] !== before.get(name)?.[whose]).map(([name]) => name);
      return { own: differing('own'), foreign: differing('foreign') };
    };
    const tryOne = async (each: Case, isShared: boolean): Promise<Trial> => {
      const args = each.args(target);
      const outcome = await this.call(model, operation, args);
      // What failed changed nothing, and nothing changed what is farther away: checked once for all at the end.
      const { own, foreign } = isShared || outcome.isError ? { own: [], foreign: [] } : await touched(model);
      if (own.length + foreign.length > 0) await this.world.restore(population, [...own, ...foreign]);
      return {
        outcome,
        sent: JSON.stringify(args),
        changesOwn: own.length > 0,
        changesForeign: foreign.length > 0,
      };
    };
    const trials = table.isWrite
      ? await inBatches(table.cases, 1, (each) => tryOne(each, false))
      : await inBatches(table.cases, PARALLEL_READS, (each) => tryOne(each, true));
    const { own, foreign } = await touched();
    if (own.length + foreign.length === 0) return trials;
    const what = table.isWrite ? 'failed calls' : 'reads';
    throw new Error(`${model.name}.${operation}: ${what} changed rows of ${[...own, ...foreign].join(', ')}.`);
  }

  private async call(model: CatalogModel, operation: string, args: object): Promise<Outcome> {
    const delegates = this.walled.database as unknown as Record<
      string,
      Record<string, (args: unknown) => Promise<unknown>>
    >;
    const run = async () => await delegates[model.property]?.[operation]?.(args);
    const work = this.isInTransaction ? () => this.walled.transactions.run(run) : run;
    try {
      const value = await this.walled.runIn(this.world.own.organizationId, work);
      const raw = JSON.stringify(value ?? null, sortLists('orderBy' in args));
      return { isError: false, value, raw, masked: this.world.mask(raw), code: null };
    } catch (error) {
      const { name, message } = error as Error;
      const code = codeOf(error);
      const raw = `${name} ${code}: ${message}`;
      return { isError: true, value: undefined, raw, masked: this.world.mask(raw), code };
    }
  }

  /** Nothing of the foreign organization in any answer, apart from what the caller sent itself; and its rows as they were. */
  private leaks({ outcome, sent, changesForeign }: Trial, isWrite: boolean): Observation[] {
    const secrets = this.world.secretsIn(outcome.raw, isWrite || outcome.isError ? sent : '');
    return [
      ...secrets.slice(0, 1).map((secret) => leak(`gave away ${secret}`)),
      ...(this.world.holdsHidden(outcome.raw) ? [leak('gave away a hidden field')] : []),
      ...(changesForeign ? [leak('changed rows of another organization')] : []),
    ];
  }

  private checkRefusal({ outcome }: Trial): Observation[] {
    const isMeant = this.walled.walls.filter;
    return !isMeant || REFUSALS.includes(outcome.code ?? '') ? [] : [fault(`was not refused: ${excerpt(outcome.raw)}`)];
  }

  /** A test that reaches nothing proves nothing: the caller's own rows must be found, and changed where its role may. */
  private checkOwn(each: Case, { outcome, changesOwn }: Trial, model: CatalogModel, operation: string): Observation[] {
    const must = (isMet: boolean, what: string) => (isMet ? [] : [fault(`${what}: ${excerpt(outcome.raw)}`)]);
    if (each.own === 'found')
      return must(hasFound(operation, outcome, model, this.world.own), 'did not find an own row');
    const isDenied = outcome.code === '42501';
    // Prisma sends some upserts as one statement, which needs both rights.
    if (operation === 'upsert' && isDenied && !this.isAllowed(model, operation)) return [];
    return this.isAllowed(model, each.right ?? operation)
      ? must(changesOwn, 'did not change an own row')
      : must(isDenied, 'was not denied by the database');
  }

  /** Whether the role that the pool runs as has the right that an operation needs. */
  isAllowed(model: CatalogModel, operation: string): boolean {
    if (/Raw$/.test(operation)) return false;
    const role = this.walled.walls.rowLevelSecurity ? 'bulkhead_app' : 'bulkhead_system';
    if (/^(find|count|aggregate|groupBy)/.test(operation)) return true;
    if (operation.startsWith('create')) return model.inserters.includes(role);
    if (operation.startsWith('delete')) return model.deleters.includes(role);
    const changed = changedField(model);
    return model.fields.some(({ name, writers }) => name === changed && writers.includes(role));
  }
}

/** A foreign row must be like one that does not exist, and an organization more or less must not show anywhere. */
function compare({ outcome: absent }: Trial, { outcome: foreign }: Trial): Observation[] {
  if (absent.masked === foreign.masked) return [];
  return [leak(`told apart: ${excerpt(foreign.masked)} instead of ${excerpt(absent.masked)}`)];
}

function leak(what: string): Observation {
  return { kind: 'leak', what };
}

function fault(what: string): Observation {
  return { kind: 'fault', what };
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}

function hasFound(operation: string, { isError, raw, value }: Outcome, model: CatalogModel, own: RowSet): boolean {
  if (isError) return false;
  switch (operation) {
    case 'count':
      return (typeof value === 'number' ? value : (value as { _all: number })._all) > 0;
    case 'aggregate':
      return (value as { _count: number })._count > 0;
    case 'groupBy':
      return (value as unknown[]).length > 0;
    default: {
      const ids = POSITIONS.flatMap((position) => Object.values(own.row(model.name, position)));
      return (
        ids.some((id) => typeof id === 'string' && id.length === 36 && raw.includes(id)) || raw.includes(own.marker)
      );
    }
  }
}

/** Without an order rows come as they please; that of a sorted answer stays visible. */
function sortLists(isOrdered: boolean) {
  let isTop = true;
  return (_key: string, value: unknown): unknown => {
    const keepsOrder = isOrdered && isTop;
    isTop = false;
    if (!Array.isArray(value) || keepsOrder) return toPlain('', value);
    const texts = new Map((value as unknown[]).map((item) => [item, String(JSON.stringify(item, toPlain))]));
    return [...(value as unknown[])].sort((a, b) => ((texts.get(a) ?? '') < (texts.get(b) ?? '') ? -1 : 1));
  };
}

function toPlain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

function codeOf(error: unknown): string | null {
  if (error instanceof TenancyError) return error.code;
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return null;
  const adapterError = error.meta?.['driverAdapterError'] as { cause?: { originalCode?: string } } | undefined;
  return adapterError?.cause?.originalCode ?? error.code;
}

async function inBatches<T, R>(items: readonly T[], size: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += size) {
    results.push(...(await Promise.all(items.slice(start, start + size).map(work))));
  }
  return results;
}
