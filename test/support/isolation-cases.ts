import type { Catalog, CatalogModel } from './isolation-catalog.js';
import { type Expectation, type Form, ModelForms, OTHER_PRODUCT } from './isolation-conditions.js';
import { isRoot, type Json, type RowSet, SHARED, SPARE } from './isolation-rows.js';

/** One call of one operation, about rows of `target`. */
export interface Case {
  readonly form: string;
  readonly args: (target: RowSet) => Json;
  readonly own: Expectation;
  /** What the filter adds to the caller's words; without it the own row is not checked. */
  readonly needsFilter?: boolean;
  /** The operation whose right decides, where it is not the operation itself. */
  readonly right?: 'create';
}

export interface OperationCases {
  readonly isWrite: boolean;
  /** Whether the row at SPARE is there before the call, if the operation needs its parents at all. */
  readonly spare?: boolean;
  readonly cases: readonly Case[];
}

type Builder = (forms: ModelForms, mine: RowSet) => OperationCases;

const CHANGED_TEXT = 'changed-by-a-test';
const NESTED_IN_LIST = [
  'connect',
  'set',
  'disconnect',
  'delete',
  'create',
  'createMany',
  'connectOrCreate',
  'update',
  'updateMany',
  'upsert',
  'deleteMany',
];
const NESTED_IN_ONE = ['connect', 'create', 'connectOrCreate', 'update', 'upsert', 'disconnect', 'delete'];

/** How each operation of Prisma is tried. One that is missing here fails the tests until somebody adds it. */
export const OPERATIONS: Readonly<Record<string, Builder>> = {
  findMany: (forms) =>
    reads([
      ...findings(forms),
      ...withArgs(forms.relationConditions(), (where) => ({ ...forms.plain(), where })),
      ...withArgs(forms.orders(), (orderBy) => ({ ...forms.plain(), orderBy })),
      ...withArgs(forms.nestedReads(), (select) => ({ select, where: forms.mineShared() }), 'read '),
      ...withArgs(near(forms.nestedReads()), (select) => ({ select }), 'read of all '),
      ...withArgs(forms.nestedArguments(), (select) => ({ select, where: forms.mineShared() }), 'read '),
      ...withArgs(forms.counts(), (select) => ({ select, where: forms.mineShared() })),
      ...withArgs(forms.counts(), (select) => ({ select }), 'of all, '),
      ...inclusions(forms),
      ...withArgs(forms.hiddenReads('findMany'), (args) => args as Json),
      single('every field', () => ({}), forms.isRestricted ? 'unchecked' : 'found'),
      single(
        'distinct',
        () => ({ ...forms.plain(), distinct: [forms.key ?? forms.text], orderBy: { [forms.text]: 'asc' } }),
        'found',
      ),
      single(
        'a page',
        () => ({ ...forms.plain(), orderBy: { [forms.text]: 'desc' }, take: 2, skip: 1 }),
        isRoot(forms.model) ? 'unchecked' : 'found',
      ),
    ]),
  findFirst: (forms) =>
    reads([
      ...firstFindings(forms),
      ...withArgs(near(forms.nestedReads()), (select) => ({ select, where: forms.mineShared() }), 'read '),
    ]),
  findFirstOrThrow: (forms) => reads(firstFindings(forms)),
  findUnique: (forms) =>
    reads([
      ...uniqueFindings(forms, near(forms.relationConditions())),
      ...withArgs(
        near(forms.nestedReads()),
        (select) => ({ select, where: forms.primary(forms.mine, SHARED) }),
        'read ',
      ),
    ]),
  findUniqueOrThrow: (forms) => reads(uniqueFindings(forms, [])),
  count: (forms) =>
    reads([
      ...withArgs(forms.conditions(), (where) => ({ where })),
      ...withArgs(near(forms.relationConditions()), (where) => ({ where })),
      ...unordered(forms.cursors(), (page) => page),
      ...withArgs(forms.hiddenReads('count'), (args) => args as Json),
      single('by fields', () => ({ select: { _all: true, [forms.text]: true } }), 'found'),
      single('nothing said', () => ({}), 'found'),
    ]),
  aggregate: (forms) =>
    reads([
      ...withArgs(forms.conditions(), (where) => ({ where, ...measures(forms) })),
      ...unordered(forms.cursors(), (page) => ({ ...page, ...measures(forms) })),
      ...withArgs(forms.hiddenReads('aggregate'), (args) => args as Json),
    ]),
  groupBy: (forms) =>
    reads([
      ...withArgs(forms.conditions(), (where) => ({ where, by: [forms.key ?? forms.id], ...measures(forms) })),
      ...withArgs(forms.hiddenReads('groupBy'), (args) => args as Json),
      single('by text', () => ({ by: [forms.text], _count: true }), 'found'),
      single(
        'by organization and text, ordered',
        () => ({
          by: [...(forms.key ? [forms.key] : []), forms.text],
          _count: true,
          orderBy: [{ _count: { [forms.text]: 'desc' } }, { [forms.text]: 'asc' }],
          take: 50,
        }),
        'found',
      ),
      single(
        'having its text',
        (target) => ({ by: [forms.text], having: { [forms.text]: { contains: target.marker } }, _count: true }),
        'found',
      ),
      single(
        'having a largest text',
        (target) => ({
          by: [forms.key ?? forms.id],
          having: { [forms.text]: { _max: { contains: target.marker } } },
          _max: { [forms.text]: true },
        }),
        'found',
      ),
    ]),
  create: (forms, mine) =>
    creations(
      creationForms(forms, mine).map(([form, data, own, more]) => ({
        form,
        own,
        ...more,
        args: (target) => ({ ...forms.plain(), data: data(target) }),
      })),
    ),
  createMany: (forms, mine) => creations(manyCreations(forms, mine)),
  createManyAndReturn: (forms, mine) =>
    creations(
      manyCreations(forms, mine).map((each) => ({
        ...each,
        args: (target: RowSet) => ({ ...forms.plain(), ...each.args(target) }),
      })),
    ),
  update: (forms, mine) =>
    writes([
      ...withArgs(forms.selections(), (where) => ({ ...forms.plain(), where, data: change(forms) })),
      ...changes(forms).map(([form, data, own, more]) => ({
        form,
        own,
        ...more,
        args: (target: RowSet) => ({ ...forms.plain(), where: forms.primary(mine), data: data(target) }),
      })),
      ...withArgs(
        near(forms.nestedReads()),
        (select) => ({ where: forms.primary(mine, SHARED), data: change(forms), select }),
        'and read ',
      ),
      single('nothing selected', () => ({ where: {}, data: change(forms) }), 'unchecked'),
      single('an undefined selector', () => ({ where: { [forms.id]: undefined }, data: change(forms) }), 'refused'),
    ]),
  updateMany: (forms, mine) =>
    writes([
      ...manyUpdates(forms, mine, {}),
      ...withArgs(near(forms.relationConditions()), (where) => ({ where, data: change(forms) })),
      single('one only', () => ({ limit: 1, data: change(forms) }), 'changed'),
    ]),
  updateManyAndReturn: (forms, mine) => writes(manyUpdates(forms, mine, forms.plain())),
  upsert: (forms, mine) => ({
    spare: false,
    ...writes([
      ...withArgs(forms.selections(), (where) => ({
        ...forms.plain(),
        where,
        create: fresh(forms, mine),
        update: change(forms),
      })),
      ...changes(forms, ['connect', 'create', 'update']).map(([form, data, own, more]) => ({
        form: `${form} when there`,
        own,
        ...more,
        args: (target: RowSet) => ({
          ...forms.plain(),
          where: forms.primary(mine),
          create: fresh(forms, mine),
          update: data(target),
        }),
      })),
      // The selector names a row that is nowhere, so that the creating half runs.
      ...creationForms(forms, mine).map(([form, data, own, more]) => ({
        form: `${form} when not there`,
        own,
        right: 'create' as const,
        ...more,
        args: (target: RowSet) => ({
          ...forms.plain(),
          where: forms.primary(mine, SPARE),
          create: data(target),
          update: change(forms),
        }),
      })),
    ]),
  }),
  delete: (forms) => ({
    isWrite: true,
    spare: true,
    cases: [
      ...withArgs(forms.selections(SPARE), (where) => ({ ...forms.plain(), where }), '', 'changed'),
      ...withArgs(
        forms.selections(0),
        (where) => ({ ...forms.plain(), where }),
        'with all that hangs on it, ',
        'unchecked',
      ),
      single('an undefined selector', () => ({ where: { [forms.id]: undefined } }), 'refused'),
    ],
  }),
  deleteMany: (forms) => ({
    isWrite: true,
    spare: true,
    cases: [
      single('its spare row', (target) => ({ where: forms.flat(target, SPARE) }), 'changed'),
      single(
        'its spare row or anything',
        (target) => ({
          where: { AND: [{ OR: [{}, forms.flat(target, SPARE)] }, { [forms.id]: forms.row(target, SPARE)[forms.id] }] },
        }),
        'changed',
      ),
      ...withArgs(forms.conditions(), (where) => ({ where }), '', 'unchecked'),
      ...withArgs(near(forms.relationConditions()), (where) => ({ where }), '', 'unchecked'),
      single('one only', (target) => ({ limit: 1, where: forms.flat(target, SPARE) }), 'changed'),
      single('nothing said', () => ({}), 'unchecked'),
    ],
  }),
  // Of another database; Prisma's delegates name them everywhere.
  findRaw: () => reads([single('anything', () => ({ filter: {} }), 'refused')]),
  aggregateRaw: () => reads([single('anything', () => ({ pipeline: [] }), 'refused')]),
};

/** Builds the cases of one operation on one model. */
export function casesOf(catalog: Catalog, model: CatalogModel, operation: string, mine: RowSet): OperationCases {
  const build = OPERATIONS[operation];
  if (!build) throw new Error(`Say in test/support/isolation-cases.ts how ${operation} is tried.`);
  const forms = new ModelForms(model, catalog, mine);
  const built = build(forms, mine);
  const own = (each: Case) => expectationFor(forms, operation, each.own, built.isWrite);
  return { ...built, cases: built.cases.map((each) => ({ ...each, own: own(each) })) };
}

/** The field that an update changes: one that no key and no CHECK holds. */
export function changedField(model: CatalogModel): string {
  const keyed = [...model.selectors, ...model.references].flatMap(({ fields }) => fields);
  const free = model.fields.filter(
    ({ name, allowed, isList }) => !keyed.includes(name) && allowed.length === 0 && !isList && name !== 'product',
  );
  const ofType = (...types: string[]) => free.find(({ type }) => types.includes(type))?.name;
  const field = ofType('text', 'varchar') ?? ofType('int2', 'int4', 'int8') ?? ofType('bool');
  if (!field) throw new Error(`${model.name} has no field that a test could change.`);
  return field;
}

function expectationFor(forms: ModelForms, operation: string, own: Expectation, isWrite: boolean): Expectation {
  if (forms.isClosed || (isWrite && forms.key === null)) return 'refused';
  // An organization makes no second one, and everything hangs on the one it has.
  const isImpossible = isRoot(forms.model) && /^(create|delete)/.test(operation);
  return isImpossible && own === 'changed' ? 'unchecked' : own;
}

function reads(cases: readonly Case[]): OperationCases {
  return { isWrite: false, cases };
}

function writes(cases: readonly Case[]): OperationCases {
  return { isWrite: true, cases: cases.map((each) => (each.own === 'found' ? { ...each, own: 'changed' } : each)) };
}

function creations(cases: readonly Case[]): OperationCases {
  return { isWrite: true, spare: false, cases };
}

function single(form: string, args: (target: RowSet) => Json, own: Expectation): Case {
  return { form, args, own };
}

function withArgs(forms: readonly Form[], args: (value: unknown) => Json, prefix = '', own?: Expectation): Case[] {
  return forms.map((form) => ({
    form: `${prefix}${form.name}`,
    args: (target) => {
      const value = form.of(target);
      const all = args(value);
      // What a form leaves out is left out, not undefined.
      return value === undefined
        ? Object.fromEntries(Object.entries(all).filter(([, part]) => part !== undefined))
        : all;
    },
    own: own && form.own === 'found' ? own : form.own,
  }));
}

function findings(forms: ModelForms): Case[] {
  return [
    ...withArgs(forms.conditions(), (where) => ({ ...forms.plain(), where })),
    ...withArgs(forms.cursors(), (page) => ({ ...forms.plain(), ...(page as Json) })),
  ];
}

/** Sorted, because which of several rows comes first is nobody's promise; Prisma takes no `take` here. */
function firstFindings(forms: ModelForms): Case[] {
  const orderBy = [{ [forms.text]: 'asc' }, { [forms.id]: 'asc' }];
  return [
    ...withArgs(forms.conditions(), (where) => ({ ...forms.plain(), where, orderBy })),
    ...withArgs(forms.cursors(), (page) => ({ ...forms.plain(), cursor: (page as Json)['cursor'], orderBy })),
  ];
}

function uniqueFindings(forms: ModelForms, related: readonly Form[]): Case[] {
  const beside = related.map((form): Form => ({
    name: `its key and ${form.name}`,
    of: (target) => ({ ...forms.primary(target), ...(form.of(target) as Json) }),
    own: form.own === 'refused' ? 'refused' : 'unchecked',
  }));
  return [
    ...withArgs([...forms.selections(), ...beside], (where) => ({ ...forms.plain(), where })),
    single('an undefined selector', () => ({ where: { [forms.id]: undefined } }), 'refused'),
  ];
}

/** The forms that reach one relation far. */
function near(forms: readonly Form[]): Form[] {
  return forms.filter(({ name }) => !name.includes(','));
}

/** From a cursor over several fields, or in an order of several, this Prisma counts nothing. */
function unordered(cursors: readonly Form[], args: (page: Json) => Json): Case[] {
  return cursors.map(({ name, of, own }) => ({
    form: name,
    args: (target) => {
      const { orderBy: _orderBy, ...page } = of(target) as Json;
      return args(page);
    },
    own: own === 'refused' ? own : 'unchecked',
  }));
}

/** `include`, where the rewriter sees `true` or an object without `select`. */
function inclusions(forms: ModelForms): Case[] {
  return forms.relations().map(({ field, isList, target, isClosed, isNarrower }) => ({
    form: `with ${field}`,
    args: () => ({
      where: forms.mineShared(),
      include: { [field]: isList ? { orderBy: { [target.text]: 'asc' } } : true },
    }),
    own: isClosed || isNarrower ? 'refused' : forms.isRestricted || target.isRestricted ? 'unchecked' : 'found',
  }));
}

function measures(forms: ModelForms): Json {
  const ofType = (...types: string[]) =>
    Object.fromEntries(
      forms.model.fields
        .filter(({ type, isList, name }) => !isList && types.includes(type) && forms.readable.includes(name))
        .map(({ name }) => [name, true]),
    );
  const comparable = { ...ofType('text', 'varchar', 'timestamptz', 'int4') };
  const numbers = ofType('int2', 'int4', 'int8');
  return {
    _count: true,
    _min: comparable,
    _max: comparable,
    ...(Object.keys(numbers).length > 0 && { _sum: numbers, _avg: numbers }),
  };
}

function change({ model }: ModelForms): Json {
  const name = changedField(model);
  const type = model.fields.find((field) => field.name === name)?.type;
  return { [name]: type === 'bool' ? false : type?.startsWith('int') ? 4711 : CHANGED_TEXT };
}

/** A row that is not there yet, with parents that are; organization and product are left to the filter. */
function fresh(forms: ModelForms, set: RowSet): Json {
  const isFilledIn = (field: string) => field === 'product' || (field === forms.key && !isRoot(forms.model));
  const values = Object.entries(forms.row(set, SPARE)).filter(([field, value]) => value !== null && !isFilledIn(field));
  return Object.fromEntries(values);
}

/** A row that is not there yet, with everything that says whose it is. */
function whole(forms: ModelForms, set: RowSet): Json {
  return {
    ...fresh(forms, set),
    ...(forms.key && { [forms.key]: set.organizationId }),
    product: forms.row(set)['product'],
  };
}

type DataForm = readonly [
  form: string,
  data: (target: RowSet) => Json,
  own: Expectation,
  more?: { needsFilter: boolean },
];

function creationForms(forms: ModelForms, mine: RowSet): DataForm[] {
  const { key, id, model } = forms;
  const made = () => fresh(forms, mine);
  const isOwned = key !== null && !isRoot(model);
  return [
    ['a row', made, 'changed', { needsFilter: true }],
    ['a row with its id', (target) => ({ ...made(), [id]: forms.row(target)[id] }), 'unchecked'],
    ['a row of another product', () => ({ ...made(), product: OTHER_PRODUCT }), 'refused'],
    ...(key === null
      ? []
      : ([
          [
            'a row of its organization',
            (target) => ({ ...made(), [key]: target.organizationId }),
            'changed',
            { needsFilter: true },
          ],
          ['its whole row', (target) => whole(forms, target), 'changed'],
          ['a row of no organization', () => ({ ...made(), [key]: null }), 'refused'],
          [
            'a row of an undefined organization',
            () => ({ ...made(), [key]: undefined }),
            'changed',
            { needsFilter: true },
          ],
        ] satisfies DataForm[])),
    ...(isOwned
      ? pointers(forms).map(([name, of]): DataForm => [
          `a row under ${name}`,
          (target) => ({ ...made(), ...of(target, SPARE) }),
          'changed',
          { needsFilter: true },
        ])
      : []),
    ...uniqueValues(forms).map(([name, of]): DataForm => [
      `a row with its ${name}`,
      (target) => ({ ...made(), ...of(target) }),
      'unchecked',
    ]),
    ...nestedWrites(forms, ['connect', 'create', 'connectOrCreate'], made),
  ];
}

function manyCreations(forms: ModelForms, mine: RowSet): Case[] {
  const { key, id } = forms;
  const scalar = creationForms(forms, mine).filter(([form]) => !form.startsWith('nested'));
  return [
    ...scalar.map(([form, data, own, more]) => ({
      form,
      own,
      ...more,
      args: (target: RowSet) => ({ data: [data(target)] }),
    })),
    { form: 'one row, no list', own: 'changed', needsFilter: true, args: () => ({ data: fresh(forms, mine) }) },
    {
      form: 'its ids, duplicates skipped',
      own: 'unchecked',
      args: (target) => ({ data: [{ ...fresh(forms, mine), [id]: forms.row(target)[id] }], skipDuplicates: true }),
    },
    ...(key === null
      ? []
      : [
          {
            form: 'a row of mine and one of its',
            own: 'unchecked' as const,
            args: (target: RowSet) => ({
              data: [whole(forms, mine), whole(forms, target)],
            }),
          },
        ]),
  ];
}

/** The ways in which changing a row could carry it, or hang it, somewhere else. */
function changes(forms: ModelForms, nestedVerbs?: readonly string[]): DataForm[] {
  const { key, id } = forms;
  const changed = () => change(forms);
  return [
    ...(key === null
      ? []
      : ([
          [
            'to its organization',
            (target) => ({ ...changed(), [key]: target.organizationId }),
            'changed',
            { needsFilter: true },
          ],
          [
            'to its organization by set',
            (target) => ({ ...changed(), [key]: { set: target.organizationId } }),
            'changed',
            { needsFilter: true },
          ],
          ['to no organization', () => ({ ...changed(), [key]: null }), 'refused'],
          ['to an undefined organization', () => ({ ...changed(), [key]: undefined }), 'refused'],
        ] satisfies DataForm[])),
    ['to another product', () => ({ ...changed(), product: OTHER_PRODUCT }), 'refused'],
    ...(id === key
      ? []
      : ([
          ['to its id', (target) => ({ ...changed(), [id]: forms.row(target, 1)[id] }), 'unchecked'],
        ] satisfies DataForm[])),
    ...pointers(forms).map(([name, of]): DataForm => [
      `under ${name}`,
      (target) => ({ ...changed(), ...of(target, 0) }),
      'changed',
    ]),
    ...uniqueValues(forms).map(([name, of]): DataForm => [
      `to its ${name}`,
      (target) => ({ ...changed(), ...of(target) }),
      'unchecked',
    ]),
    ...nestedWrites(forms, nestedVerbs, changed),
    ['nothing', () => ({}), 'unchecked'],
  ];
}

function manyUpdates(forms: ModelForms, mine: RowSet, more: Json): Case[] {
  const scalar = changes(forms).filter(([form]) => !form.startsWith('nested'));
  return [
    ...withArgs(forms.conditions(), (where) => ({ ...more, where, data: change(forms) })),
    ...scalar.map(([form, data, own, flags]) => ({
      form,
      own,
      ...flags,
      args: (target: RowSet) => ({ ...more, where: forms.flat(mine), data: data(target) }),
    })),
    single('nothing said', () => ({ ...more, data: change(forms) }), 'changed'),
  ];
}

/** The scalar foreign keys, apart from those that are the organization itself. */
function pointers({ model, key }: ModelForms): [string, (target: RowSet, position: number) => Json][] {
  return model.references.flatMap((reference): [string, (target: RowSet, position: number) => Json][] => {
    const fields = reference.fields.filter((field) => field !== key && field !== 'product');
    if (fields.length === 0) return [];
    const of = (target: RowSet, position: number) =>
      Object.fromEntries(fields.map((field) => [field, target.row(model.name, position)[field]]));
    return [[`its ${reference.model} by ${fields.join()}`, of]];
  });
}

/** The values of unique keys besides the primary one, apart from organization and foreign keys. */
function uniqueValues({ model, key }: ModelForms): [string, (target: RowSet) => Json][] {
  const linked = model.references.flatMap(({ fields }) => fields);
  return model.selectors.slice(1).flatMap((selector): [string, (target: RowSet) => Json][] => {
    const fields = selector.fields.filter((field) => field !== key && field !== 'product' && !linked.includes(field));
    if (fields.length === 0) return [];
    return [
      [selector.name, (target) => Object.fromEntries(fields.map((field) => [field, target.row(model.name, 1)[field]]))],
    ];
  });
}

function nestedWrites(forms: ModelForms, only: readonly string[] | undefined, base: () => Json): DataForm[] {
  return forms.relations().flatMap(({ field, isList, target }) => {
    const verbs = (isList ? NESTED_IN_LIST : NESTED_IN_ONE).filter((verb) => !only || only.includes(verb));
    return verbs.map((verb): DataForm => [
      `nested ${verb} of ${field}`,
      (set) => ({
        ...withoutKeysOf(forms, target, isList, base()),
        [field]: { [verb]: nested(forms, target, isList, verb, set) },
      }),
      'refused',
    ]);
  });
}

/** Prisma takes a relation or its scalar keys, not both. */
function withoutKeysOf(forms: ModelForms, target: ModelForms, isList: boolean, data: Json): Json {
  if (isList) return data;
  const fields = forms.model.references
    .filter(({ model }) => model === target.model.name)
    .flatMap((reference) => reference.fields);
  return Object.fromEntries(Object.entries(data).filter(([field]) => !fields.includes(field)));
}

function nested(forms: ModelForms, target: ModelForms, isList: boolean, verb: string, set: RowSet): unknown {
  const back = isList
    ? target.model.references.filter(({ model }) => model === forms.model.name).flatMap(({ fields }) => fields)
    : [];
  // Its further parents are mine: pointing to another's is tried by the scalar keys.
  const linked = target.model.references.flatMap(({ fields }) => fields);
  const parents = Object.entries(fresh(target, forms.mine)).filter(([field]) => linked.includes(field));
  const row = { ...fresh(target, set), ...Object.fromEntries(parents) };
  const create = Object.fromEntries(Object.entries(row).filter(([field]) => !back.includes(field)));
  const where = target.primary(set);
  switch (verb) {
    case 'connect':
    case 'set':
      return where;
    case 'disconnect':
    case 'delete':
      return isList ? where : true;
    case 'create':
      return create;
    case 'createMany':
      return { data: [create] };
    case 'connectOrCreate':
      return { where, create };
    case 'update':
      return isList ? { where, data: change(target) } : change(target);
    case 'updateMany':
      return { where: {}, data: change(target) };
    case 'upsert':
      return isList ? { where, create, update: change(target) } : { create, update: change(target) };
    default:
      return {};
  }
}
