import { Prisma } from '../../src/generated/prisma/client.js';
import type { Catalog, CatalogModel, Selector } from './isolation-catalog.js';
import { type Json, type RowSet, SHARED } from './isolation-rows.js';

/**
 * What a call gives when its target is the caller's own organization.
 * - found: the answer holds an own row; changed: own rows are not what they were
 * - refused: the query filter throws, whatever the target
 * - unchecked: the call proves something about other organizations only
 */
export type Expectation = 'found' | 'changed' | 'refused' | 'unchecked';

/** A part of a call's arguments, about rows of `target`. */
export interface Form {
  readonly name: string;
  readonly of: (target: RowSet) => unknown;
  readonly own: Expectation;
}

interface Relation {
  readonly field: string;
  readonly isList: boolean;
  readonly target: ModelForms;
  readonly isClosed: boolean;
  readonly isNarrower: boolean;
  /** The app role may not read a column that joins the two. */
  readonly isDenied: boolean;
}

const APP_ROLE = 'bulkhead_app';
export const OTHER_PRODUCT = 'realestate';

/** Names fields, rows and reads of one model, and the ways of selecting its rows. */
export class ModelForms {
  /** The field that holds the organization's id; null for a model that no organization owns. */
  readonly key: string | null;
  /** The part of the primary key that is the row's own. */
  readonly id: string;
  /** A text that carries the set's marker. */
  readonly text: string;
  readonly readable: readonly string[];
  /** The app role cannot read all columns: reads must name them. */
  readonly isRestricted: boolean;
  /** No organization reaches the model at all. */
  readonly isClosed: boolean;

  constructor(
    readonly model: CatalogModel,
    private readonly catalog: Catalog,
    readonly mine: RowSet,
  ) {
    const { scope, fields, selectors, references } = model;
    this.key = scope.scope === 'ORGANIZATION' ? scope.key : null;
    this.isClosed = scope.scope === 'PRODUCT' && scope.through === null;
    const primary = selectors[0] as Selector;
    this.id =
      primary.fields.find((field) => field !== this.key && field !== 'product') ?? (primary.fields[0] as string);
    const readable = fields.filter(({ readers }) => readers.includes(APP_ROLE)).map(({ name }) => name);
    this.isRestricted = readable.length < fields.length && !this.isClosed;
    this.readable = this.isClosed ? fields.map(({ name }) => name) : readable;
    const linked = references.flatMap((reference) => reference.fields);
    const text = fields.find(
      ({ name, type, isList, allowed }) =>
        ['text', 'varchar'].includes(type) &&
        !isList &&
        allowed.length === 0 &&
        name !== 'product' &&
        !linked.includes(name) &&
        this.readable.includes(name),
    );
    if (!text) throw new Error(`${model.name} has no text that could carry a marker.`);
    this.text = text.name;
  }

  of(name: string): ModelForms {
    return new ModelForms(this.catalog.get(name) as CatalogModel, this.catalog, this.mine);
  }

  row(target: RowSet, position = 0): Json {
    return target.row(this.model.name, position);
  }

  /** The condition of exactly one row. */
  flat(target: RowSet, position = 0): Json {
    const [primary] = this.model.selectors;
    return Object.fromEntries((primary as Selector).fields.map((field) => [field, this.row(target, position)[field]]));
  }

  select(selector: Selector, row: Json): Json {
    if (selector.fields.length === 1) return { [selector.name]: row[selector.name] };
    return { [selector.name]: Object.fromEntries(selector.fields.map((field) => [field, row[field]])) };
  }

  primary(target: RowSet, position = 0): Json {
    return this.select(this.model.selectors[0] as Selector, this.row(target, position));
  }

  /** What a read must name so that the app role may make it. */
  readFields(): Json {
    return Object.fromEntries(this.readable.map((field) => [field, true]));
  }

  /** The arguments of a plain read. */
  plain(): Json {
    return this.isRestricted ? { select: this.readFields() } : {};
  }

  relations(): Relation[] {
    return Object.entries(this.model.relations).map(([field, { model, isList }]) => {
      const target = this.of(model);
      const [holder, other] = isList || !this.refersTo(target) ? [target, this] : [this, target];
      const keys = holder.model.references
        .filter(({ model: to }) => to === other.model.name)
        .flatMap(({ fields }) => fields);
      return {
        field,
        isList,
        target,
        isClosed: target.isClosed,
        // From a model of the whole product, a to-one relation could lead into any organization.
        isNarrower: this.key === null && target.key !== null && !isList,
        isDenied: keys.some((key) => !holder.readable.includes(key)),
      };
    });
  }

  /** Conditions that name the model's own fields. */
  conditions(): Form[] {
    const { key, id, text, mine } = this;
    const both = (target: RowSet) => [{ [id]: this.row(target)[id] }, { [id]: this.row(mine)[id] }];
    const general: Form[] = [
      { name: 'no condition', of: () => undefined, own: 'found' },
      { name: 'an empty condition', of: () => ({}), own: 'found' },
      { name: 'its id', of: (target) => ({ [id]: this.row(target)[id] }), own: 'found' },
      { name: 'its key', of: (target) => this.flat(target), own: 'found' },
      { name: 'its id or mine', of: (target) => ({ OR: both(target) }), own: 'found' },
      { name: 'it or anything', of: (target) => ({ OR: [this.flat(target), {}] }), own: 'found' },
      { name: 'not not it', of: (target) => ({ NOT: { NOT: this.flat(target) } }), own: 'found' },
      { name: 'empty AND and NOT', of: () => ({ AND: [], NOT: [] }), own: 'found' },
      { name: 'its text', of: (target) => ({ [text]: { contains: target.marker } }), own: 'found' },
      {
        name: 'the beginning of its text',
        of: (target) => ({ [text]: { startsWith: `0-${target.marker.toUpperCase()}`, mode: 'insensitive' } }),
        own: 'found',
      },
      { name: 'not my text', of: () => ({ NOT: { [text]: { contains: mine.marker } } }), own: 'unchecked' },
      {
        name: 'another product',
        of: () => ({ product: { not: mine.row(this.model.name, 0)['product'] } }),
        own: 'unchecked',
      },
      { name: 'a skipped field', of: () => ({ [id]: Prisma.skip }), own: 'found' },
      { name: 'an undefined field', of: () => ({ [id]: undefined }), own: 'refused' },
      { name: 'an undefined field in OR', of: () => ({ OR: [{ [id]: undefined }] }), own: 'refused' },
      { name: 'null as condition', of: () => null, own: 'refused' },
      { name: 'a skipped condition', of: () => Prisma.skip, own: 'refused' },
    ];
    if (key === null) return general;
    return [
      ...general,
      { name: 'its organization', of: (target) => ({ [key]: target.organizationId }), own: 'found' },
      {
        name: 'both organizations',
        of: (target) => ({ [key]: { in: [mine.organizationId, target.organizationId] } }),
        own: 'found',
      },
      { name: 'other organizations', of: () => ({ [key]: { not: mine.organizationId } }), own: 'unchecked' },
      { name: 'NOT my organization', of: () => ({ NOT: { [key]: mine.organizationId } }), own: 'unchecked' },
      {
        name: 'my organization or its',
        of: (target) => ({ OR: [{ [key]: mine.organizationId }, { [key]: target.organizationId }] }),
        own: 'found',
      },
      {
        name: 'its id in my organization',
        of: (target) => ({ [id]: this.row(target)[id], AND: { [key]: mine.organizationId } }),
        own: 'found',
      },
    ];
  }

  /** Conditions on related rows, up to two relations away. */
  relationConditions(): Form[] {
    return this.relations().flatMap(({ field, isList, target, isClosed }) => {
      const isPlain = this.key !== null && target.key !== null;
      const own = isClosed ? 'refused' : 'unchecked';
      const found = isClosed ? 'refused' : isPlain ? 'found' : 'unchecked';
      const named = (set: RowSet) => ({ [target.text]: { contains: set.marker } });
      const make = (operator: string, inner: (set: RowSet) => unknown, expectation: Expectation): Form => ({
        name: `${field} ${operator}`,
        of: (set) => ({ [field]: operator === 'directly' ? inner(set) : { [operator]: inner(set) } }),
        own: expectation,
      });
      const direct = isList
        ? [
            make('some', () => ({}), own),
            make('none', () => ({}), own),
            {
              ...make('some', (set) => ({ [target.id]: target.row(set)[target.id] }), found),
              name: `${field} some by id`,
            },
            { ...make('some', named, found), name: `${field} some by text` },
            { ...make('every', named, own), name: `${field} every by text` },
            { ...make('none', named, own), name: `${field} none by text` },
            { ...make('none', () => named(this.mine), own), name: `${field} none with my text` },
          ]
        : [
            make('is', named, found),
            make('isNot', named, own),
            { ...make('isNot', () => named(this.mine), own), name: `${field} isNot with my text` },
            make('directly', (set) => ({ [target.id]: target.row(set)[target.id] }), found),
          ];
      const deeper = target.relations().map((next): Form => {
        const inner = (set: RowSet) => ({
          [next.field]: { [next.isList ? 'some' : 'is']: { [next.target.text]: { contains: set.marker } } },
        });
        const expectation = isClosed || next.isClosed ? 'refused' : 'unchecked';
        return { ...make(isList ? 'some' : 'is', inner, expectation), name: `${field}, ${next.field}` };
      });
      return [...direct, ...deeper];
    });
  }

  /** Unique selectors, alone and with what can stand beside them. */
  selections(position = 0): Form[] {
    const { key, mine } = this;
    return this.model.selectors.flatMap((selector) => {
      const isReadable = selector.fields.every((field) => this.readable.includes(field));
      const found = isReadable ? 'found' : 'unchecked';
      const of = (target: RowSet) => this.select(selector, this.row(target, position));
      const forms: Form[] = [{ name: `by ${selector.name}`, of, own: found }];
      if (key === null) return forms;
      const isLed = selector.fields.includes(key);
      return [
        ...forms,
        ...(isLed && selector.fields.length > 1
          ? [
              {
                name: `by ${selector.name} with my organization`,
                of: (target: RowSet) =>
                  this.select(selector, { ...this.row(target, position), [key]: mine.organizationId }),
                own: found,
              } satisfies Form,
            ]
          : []),
        // Prisma takes a field in a unique condition once: as the selector, or beside it.
        ...(selector.name === key
          ? []
          : [
              {
                name: `by ${selector.name} beside my organization`,
                of: (target: RowSet) => ({ ...of(target), [key]: mine.organizationId }),
                own: found,
              } satisfies Form,
            ]),
        {
          name: `by ${selector.name} or any`,
          of: (target) => ({ ...of(target), OR: [{}, { [key]: target.organizationId }] }),
          own: found,
        },
        {
          name: `by ${selector.name} and NOT mine`,
          of: (target) => ({ ...of(target), NOT: { [key]: mine.organizationId } }),
          own: 'unchecked',
        },
      ];
    });
  }

  /** Reads of what hangs on my rows, one, two and three relations away. */
  nestedReads(): Form[] {
    return this.relations().flatMap((first) => {
      const { field, target, isClosed, isNarrower } = first;
      const isRefused = isClosed || isNarrower;
      const of = (inner: Json) => () => ({
        ...this.readFields(),
        [field]: { select: { ...target.readFields(), ...inner } },
      });
      const next = target.relations().map((second): Form => {
        const third = second.target
          .relations()
          .filter((relation) => !relation.isClosed && !relation.isNarrower && !relation.isDenied)
          .map((relation) => [relation.field, { select: relation.target.readFields() }] as const);
        const inner = { [second.field]: { select: { ...second.target.readFields(), ...Object.fromEntries(third) } } };
        const own = isRefused || second.isClosed || second.isNarrower ? 'refused' : foundOver(first, second);
        return { name: `${field}, ${second.field} and theirs`, of: of(inner), own };
      });
      const own = isRefused ? 'refused' : foundOver(first);
      // One row is neither filtered nor sorted.
      const hidden = target.hiddenReads('findMany').filter(({ name }) => first.isList || /selection|field/.test(name));
      const nested = hidden.map((form): Form => ({
        name: `${field} by ${form.name}`,
        of: () => ({ ...this.readFields(), [field]: form.of(this.mine) }),
        own: isRefused ? 'refused' : form.own,
      }));
      return [{ name: field, of: of({}), own }, ...nested, ...next];
    });
  }

  /** Nested reads with arguments of their own. */
  nestedArguments(): Form[] {
    return this.relations()
      .filter(({ isList }) => isList)
      .flatMap((relation) => {
        const { field, target, isClosed } = relation;
        const own: Expectation = isClosed ? 'refused' : foundOver(relation);
        const order = [{ [target.text]: 'asc' }, { [target.id]: 'asc' }];
        const all: [string, (set: RowSet) => Json][] = [
          ['where its id', (set) => ({ where: { [target.id]: target.row(set)[target.id] } })],
          ['where anything', (set) => ({ where: { OR: [{}, { [target.id]: target.row(set)[target.id] }] } })],
          ['where empty', () => ({ where: {} })],
          ['from its cursor', (set) => ({ cursor: target.primary(set), take: 5, orderBy: order })],
          ['ordered', () => ({ orderBy: order, take: 5, skip: 1 })],
          ['distinct', () => ({ distinct: [target.text], orderBy: order })],
          ['counted', () => ({ _count: true })],
        ];
        return all.map(([name, args]): Form => {
          const nested = (set: RowSet) => {
            const { _count, ...rest } = args(set);
            return { select: { ...target.readFields(), ...(_count !== undefined && { _count }) }, ...rest };
          };
          const isPlain = name === 'ordered' || name === 'distinct' || name === 'where empty';
          return {
            name: `${field} ${name}`,
            of: (set) => ({ ...this.readFields(), [field]: nested(set) }),
            own: isPlain || own === 'refused' ? own : 'unchecked',
          };
        });
      });
  }

  counts(): Form[] {
    const lists = this.relations().filter(({ isList }) => isList);
    if (lists.length === 0) return [];
    const fields = this.readFields();
    const whole = lists.some(({ isClosed }) => isClosed) ? 'refused' : 'unchecked';
    return [
      { name: 'all counts', of: () => ({ ...fields, _count: true }), own: whole },
      { name: 'empty counts', of: () => ({ ...fields, _count: {} }), own: 'unchecked' },
      { name: 'skipped counts', of: () => ({ ...fields, _count: { select: Prisma.skip } }), own: 'unchecked' },
      ...lists.flatMap((relation): Form[] => {
        const { field, target, isClosed } = relation;
        const own = isClosed ? 'refused' : foundOver(relation);
        return [
          { name: `count of ${field}`, of: () => ({ ...fields, _count: { select: { [field]: true } } }), own },
          {
            name: `count of its ${field}`,
            of: (set) => ({
              ...fields,
              _count: { select: { [field]: { where: { [target.text]: { contains: set.marker } } } } },
            }),
            own,
          },
        ];
      }),
    ];
  }

  orders(): Form[] {
    const order = (field: string, isList: boolean, target: ModelForms) => ({
      [field]: isList ? { _count: 'desc' } : { [target.text]: 'desc' },
    });
    return this.relations().flatMap((first) => {
      const { field, isList, target, isClosed } = first;
      // How many rows a person has in other organizations must not show in an order.
      const isRefused = isClosed || (this.key === null && target.key !== null);
      const deeper = isList
        ? []
        : target.relations().map((next): Form => {
            const isNextRefused = next.isClosed || (target.key === null && next.target.key !== null);
            return {
              name: `${field}, ${next.field}`,
              of: () => [{ [field]: order(next.field, next.isList, next.target) }, { [this.id]: 'asc' }],
              own: isRefused || isNextRefused ? 'refused' : foundOver(first, next),
            };
          });
      const own = isRefused ? 'refused' : foundOver(first);
      return [{ name: field, of: () => [order(field, isList, target), { [this.id]: 'asc' }], own }, ...deeper];
    });
  }

  cursors(): Form[] {
    const { key, text, id } = this;
    const orderBy = [{ [text]: 'asc' }, { [id]: 'asc' }];
    return this.model.selectors
      .filter(({ fields }) => fields.every((field) => this.readable.includes(field)))
      .flatMap((selector): Form[] => {
        const of = (target: RowSet) => this.select(selector, this.row(target, 1));
        // One that leaves the organization open may be refused, or completed.
        const own = key !== null && selector.fields.includes(key) ? 'found' : 'unchecked';
        const forms: Form[] = [
          { name: `from its ${selector.name}`, of: (target) => ({ cursor: of(target), orderBy, take: 2 }), own },
          { name: `back from its ${selector.name}`, of: (target) => ({ cursor: of(target), orderBy, take: -2 }), own },
        ];
        if (key === null || selector.name === key) return forms;
        const beside = (target: RowSet) => ({ ...of(target), [key]: target.organizationId });
        return [
          ...forms,
          {
            name: `from its ${selector.name} beside its organization`,
            of: (target) => ({ cursor: beside(target), orderBy, take: 2 }),
            own: 'found',
          },
        ];
      });
  }

  /** Reads that name, or try to get without naming, a field that organizations must not see of shared rows. */
  hiddenReads(operation: 'findMany' | 'count' | 'aggregate' | 'groupBy'): Form[] {
    const hidden = this.model.fields.find(({ name, type }) => type === 'text' && !this.readable.includes(name))?.name;
    if (!this.isRestricted || hidden === undefined) return [];
    const matching = { [hidden]: { contains: this.mine.marker } };
    const refused = (name: string, args: Json): Form => ({ name: `a hidden ${name}`, of: () => args, own: 'refused' });
    const where = [
      refused('condition', { where: matching }),
      refused('condition in NOT', { where: { NOT: [{ OR: [matching] }] } }),
    ];
    const most = { [hidden]: { _max: { contains: this.mine.marker } } };
    switch (operation) {
      case 'findMany':
        return [
          ...where,
          refused('field', { select: { [hidden]: true } }),
          refused('order', { ...this.plain(), orderBy: { [hidden]: 'asc' } }),
          refused('order with nulls first', {
            ...this.plain(),
            orderBy: [{ [hidden]: { sort: 'asc', nulls: 'first' } }],
          }),
          refused('distinct', { ...this.plain(), distinct: [hidden] }),
          { name: 'a skipped selection', of: () => ({ select: Prisma.skip }), own: 'unchecked' },
          { name: 'a hidden field not omitted', of: () => ({ omit: { [hidden]: false } }), own: 'unchecked' },
        ];
      case 'count':
        return [...where, refused('field', { select: { [hidden]: true } })];
      case 'aggregate':
        return [...where, refused('maximum', { _max: { [hidden]: true } })];
      case 'groupBy':
        return [
          ...where.map(({ name, of }) =>
            refused(name.replace('a hidden ', ''), { by: [this.id], ...(of(this.mine) as Json) }),
          ),
          refused('group', { by: [hidden] }),
          refused('maximum', { by: [this.id], _max: { [hidden]: true } }),
          refused('group condition', { by: [this.id], having: most }),
          refused('group condition in AND', { by: [this.id], having: { AND: [most] } }),
          refused('order of groups', { by: [this.id], orderBy: { _max: { [hidden]: 'asc' } } }),
        ];
    }
  }

  /** My row whose person belongs to the foreign organization as well: from there relations lead furthest. */
  mineShared(): Json {
    return this.flat(this.mine, SHARED);
  }

  private refersTo(target: ModelForms): boolean {
    return this.model.references.some(({ model }) => model === target.model.name);
  }
}

/** Over some columns of people the app role may not look, so a relation that needs them is denied. */
function foundOver(...relations: readonly Relation[]): Expectation {
  return relations.some(({ isDenied }) => isDenied) ? 'unchecked' : 'found';
}
