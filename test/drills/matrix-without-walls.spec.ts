import { OPERATIONS, casesOf } from '../support/isolation-cases.js';
import type { Finding } from '../support/isolation-matrix.js';
import { IsolationSuite, MODELS, SAMPLE } from '../support/isolation-suite.js';

// With both walls taken out, deletions reach everybody's rows.
process.env['TEST_DATABASE_SUFFIX'] = '_destroyed';

/** The forms that come to nothing even without walls, and why; every other form must leak, or it proves nothing. */
const HARMLESS: readonly (readonly [kinds: RegExp, reason: string])[] = [
  [
    /undefined|null as condition|(of|to) no …|(empty|skipped) counts|a skipped selection|^nothing|^anything$/,
    'Prisma refuses it',
  ],
  [
    /another product|^(a row|one row, no list)( when not there)?$|^a row under its … by …/,
    'the database refuses it, or it concerns an own row',
  ],
  [/a hidden (condition|order|distinct|maximum|group)|^(condition|in NOT)/, 'it asks about own people only'],
  [/my …(?! or)/, 'it names the own organization'],
  [/^nested (disconnect|delete|updateMany|deleteMany) of …/, 'keys led by the organization hold related rows together'],
];

describe('no walls', () => {
  let suite: IsolationSuite;
  const found: Finding[] = [];

  beforeAll(async () => {
    suite = await IsolationSuite.open({ filter: false, rowLevelSecurity: false }, SAMPLE);
  }, 180_000);
  afterAll(async () => await suite.close());

  it.each(SAMPLE)(
    'let rows of %s pass in every operation that the role may do',
    async (name) => {
      const findings = await suite.examine(name);
      found.push(...findings);
      const leaking = new Set(findings.filter(({ kind }) => kind === 'leak').map(({ operation }) => operation));
      const possible = Object.keys(OPERATIONS).filter((operation) =>
        suite.matrix.isAllowed(suite.model(name), operation),
      );
      expect(possible.filter((operation) => !leaking.has(operation))).toEqual([]);
    },
    120_000,
  );

  // Some forms are tried on one model only, which is not in every sample.
  if (SAMPLE.length === MODELS.length)
    it('make a leak of every form, but of those that something else holds', () => {
      const { catalog, own } = suite.world;
      const forms = SAMPLE.map((name) => suite.model(name)).flatMap((model) =>
        Object.keys(OPERATIONS).flatMap((operation) =>
          casesOf(catalog, model, operation, own).cases.map(({ form }) => form),
        ),
      );
      const leaking = new Set(found.map(({ form }) => suite.kindOf(form)));
      const silent = [...new Set(forms.map((form) => suite.kindOf(form)))].filter((kind) => !leaking.has(kind));
      expect(silent.filter((kind) => !HARMLESS.some(([kinds]) => kinds.test(kind)))).toEqual([]);
    });

  it('give away rows, tell organizations apart and let rows be changed', () => {
    const kinds = ['gave away', 'told apart', 'changed rows'];
    expect(kinds.filter((kind) => !found.some(({ what }) => what.startsWith(kind)))).toEqual([]);
  });
});
