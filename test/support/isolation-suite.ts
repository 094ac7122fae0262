import { modelMap } from '../../src/generated/model-map.js';
import { ISOLATED_CLIENT } from '../../src/platform/database/isolated-client.js';
import { type CatalogModel, isTriedModel } from './isolation-catalog.js';
import { type Finding, IsolationMatrix } from './isolation-matrix.js';
import { WalledDatabase, type Walls } from './isolation-walls.js';
import { IsolationWorld } from './isolation-world.js';
import { sample } from './long-form.js';

export const MODELS = Object.keys(modelMap).filter(isTriedModel);

/**
 * What tells other organizations from none by design, because it is one for the whole product: the names under which
 * organizations are addressed, the people whom they can share, and the root keys that wrap their data keys.
 */
const ONE_PER_PRODUCT: Readonly<Record<string, readonly string[]>> = {
  Organization: ['to its product_slug', 'under its User by ownerId'],
  Membership: ['a row under its User by userId'],
  OrganizationKey: ['a row under its RootKey by rootKeyId', 'under its RootKey by rootKeyId'],
};

/**
 * What a neighbour of the whole matrix tries in one run: those with an exception, and others every day. All of them are
 * tried by `npm run drills -- matrix`.
 */
export const SAMPLE = sampleOf(1);
/** What the whole matrix tries in one run: every model within four days. */
export const LARGE_SAMPLE = sampleOf(10);

function sampleOf(count: number): readonly string[] {
  const fixed = Object.keys(ONE_PER_PRODUCT);
  const others = MODELS.filter((name) => !fixed.includes(name));
  return [...fixed, ...sample(others, count)];
}

/** The rows that the tests try to reach, behind one composition of walls. */
export class IsolationSuite {
  readonly matrix: IsolationMatrix;

  private constructor(
    readonly world: IsolationWorld,
    private readonly walled: WalledDatabase,
    private readonly isInTransaction: boolean,
  ) {
    this.matrix = new IsolationMatrix(world, walled, isInTransaction);
  }

  static async open(walls: Walls, tried: readonly string[], isInTransaction = false): Promise<IsolationSuite> {
    const world = await IsolationWorld.open();
    const suite = new IsolationSuite(world, await WalledDatabase.open(walls), isInTransaction);
    const models = [...world.catalog.values()].filter(({ name }) => tried.includes(name));
    await suite.matrix.measure(
      models.flatMap((model) => suite.operations(model).map((name) => [model, name] as const)),
    );
    return suite;
  }

  async close(): Promise<void> {
    await this.walled.close();
    await this.world.close();
  }

  model(name: string): CatalogModel {
    return this.world.catalog.get(name) as CatalogModel;
  }

  private operations(model: CatalogModel): string[] {
    // A transaction changes connection and client, not the rewriter: of operations that are twins one is enough.
    const isTwin = (name: string) => this.isInTransaction && /(OrThrow|AndReturn|Raw)$/.test(name);
    return operationsOf(this.walled, model.name).filter((name) => !isTwin(name));
  }

  /** Tries every form of every operation on one model. */
  async examine(name: string): Promise<Finding[]> {
    const model = this.model(name);
    const findings: Finding[] = [];
    for (const operation of this.operations(model)) findings.push(...(await this.matrix.examine(model, operation)));
    return findings;
  }

  /** The name of a form without the names of the model that it was made for. */
  kindOf(form: string): string {
    return form.replace(this.names, '…');
  }

  private get names(): RegExp {
    const names = [...this.world.catalog.values()].flatMap(({ name, relations, selectors, references }) => [
      name,
      ...Object.keys(relations),
      ...selectors.filter(({ fields }) => fields.length > 1).map((selector) => selector.name),
      ...references
        .flatMap(({ fields }) => fields)
        .filter((field) => !['id', 'organizationId', 'product'].includes(field)),
    ]);
    const longestFirst = [...new Set(names)].sort((a, b) => b.length - a.length);
    return new RegExp(`\\b(${longestFirst.join('|')})\\b`, 'g');
  }
}

/** What Prisma offers on a model, whatever that is in its present version. */
export function operationsOf(walled: WalledDatabase, model: string): string[] {
  const client = walled.get<Record<string, Record<string, unknown>>>(ISOLATED_CLIENT);
  const delegate = client[model.charAt(0).toLowerCase() + model.slice(1)] ?? {};
  return Object.keys(delegate).filter((name) => !name.startsWith('$') && typeof delegate[name] === 'function');
}

/** Registers the tests of the matrix behind at least one wall. */
export function describeMatrix(
  title: string,
  walls: Walls,
  { tried = SAMPLE, isInTransaction = false }: { tried?: readonly string[]; isInTransaction?: boolean } = {},
): void {
  describe(title, () => {
    let suite: IsolationSuite;
    const told = new Set<string>();

    beforeAll(async () => {
      suite = await IsolationSuite.open(walls, tried, isInTransaction);
    }, 180_000);
    afterAll(async () => await suite.close());

    it.each(tried)(
      'S0-13 S4-25 lets nothing of %s pass from one organization to another',
      async (name) => {
        const findings = await suite.examine(name);
        const isByDesign = ({ form, what }: Finding) =>
          what.startsWith('told apart') && ONE_PER_PRODUCT[name]?.includes(withoutHalf(form));
        for (const { form } of findings.filter(isByDesign)) told.add(`${name}: ${withoutHalf(form)}`);
        expect(findings.filter((finding) => !isByDesign(finding)).map(describeFinding)).toEqual([]);
      },
      120_000,
    );

    it('tells other organizations from none only by what is one for the whole product', () => {
      const expected = Object.entries(ONE_PER_PRODUCT).flatMap(([name, parts]) =>
        parts.map((part) => `${name}: ${part}`),
      );
      expect([...told].sort()).toEqual(expected.sort());
    });
  });
}

/** An upsert tries the forms of creating and of changing in its two halves. */
function withoutHalf(form: string): string {
  return form.replace(/ when (not )?there$/, '');
}

function describeFinding({ operation, form, what }: Finding): string {
  return `${operation}, ${form}: ${what}`;
}
