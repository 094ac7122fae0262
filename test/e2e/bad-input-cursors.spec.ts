import { randomUUID } from 'node:crypto';
import { sample } from '../support/long-form.js';
import { named, type Operation, parametersIn, readApi } from '../support/open-api.js';
import { fillPath, withRequired } from '../support/sweep.js';
import { invalid, Refusals } from '../support/sweep-refusals.js';
import { TestApp } from '../support/test-app.js';

const app = await TestApp.start();
const product = 'bestays';
const api = readApi(app);
const lists = named(
  api.operations.filter((operation) => parametersIn(operation, 'query').some(({ name }) => name === 'cursor')),
);

let refusals: Refusals;

beforeAll(async () => {
  refusals = await Refusals.open(app, api);
});
afterAll(async () => {
  await refusals.close();
  await app.stop();
});

function pathOf(operation: Operation, query: string): string {
  return fillPath(operation.path, refusals.fixture.places) + withRequired(operation, query);
}

describe.each(sample(lists, 8))('%s', (_route, operation) => {
  const sorts = parametersIn(operation, 'query').find(({ name }) => name === 'sort')?.schema.enum ?? [];
  const encode = (position: unknown) =>
    Buffer.from(typeof position === 'string' ? position : JSON.stringify(position)).toString('base64url');
  const at = (sort: string, cursor: string) => pathOf(operation, `?sort=${sort}&cursor=${encodeURIComponent(cursor)}`);

  it('refuses a cursor that is not one of this list in this order', async () => {
    const id = randomUUID();
    for (const sort of sorts) {
      const other = sorts.find((name) => name !== sort) as string;
      const value = sort.endsWith('At') ? new Date().toISOString() : 'value';
      const positions = [
        '',
        'x',
        'null',
        '[]',
        '{}',
        '"x"',
        '1',
        { product, sort, value },
        { product, sort, id },
        { product, value, id },
        { product, sort: other, value, id },
        { product, sort: 'id', value, id },
        { product, sort, value: null, id },
        { product, sort, value: 1, id },
        { product, sort, value: [value], id },
        { product, sort, value: { gt: '' }, id },
        { product, sort, value, id: 'x' },
        { product, sort, value, id: null },
        { product, sort, value, id: [id] },
        { product, sort, value, id: { not: id } },
        { product, sort, value, id: `${id}'` },
      ];
      const texts = [
        ...positions.map(encode),
        id,
        '!!!',
        '%',
        `${'A'.repeat(499)}`,
        encode({ product, sort, value, id }).slice(3),
        encode({ sort, value, id }),
        encode({ product: 'realestate', sort, value, id }),
      ];
      await refusals.expectEach(
        texts.map((text) => ({ path: at(sort, text) })),
        operation,
        invalid('cursor'),
      );
    }
  });

  it('refuses a cursor whose value its column cannot hold', async () => {
    for (const sort of sorts) {
      const times = [
        'March 7',
        '2026',
        '0',
        'Sat',
        '2026-01-01',
        '0000-01-01T00:00:00.000Z',
        '+275760-09-13T00:00:00.000Z',
        '-000001-01-01T00:00:00.000Z',
        '2026-01-01T00:00:00+01:00',
        '2026-02-30T00:00:00.000Z',
      ];
      const values = ['\u0000', 'a\u0000b', '\ud800', ...(sort.endsWith('At') ? times : [])];
      const texts = values.map((value) => encode({ product, sort, value, id: randomUUID() }));
      await refusals.expectEach(
        texts.map((text) => ({ path: at(sort, text) })),
        operation,
        invalid('cursor'),
      );
    }
  });
});

describe('cursors', () => {
  const encode = (position: object) => Buffer.from(JSON.stringify(position)).toString('base64url');

  it('tell nothing of a row that another organization has', async () => {
    const other = await Refusals.open(app, api);
    for (const [, operation] of lists) {
      for (const sort of parametersIn(operation, 'query').find(({ name }) => name === 'sort')?.schema.enum ?? []) {
        const value = sort.endsWith('At') ? new Date(0).toISOString() : 'sent';
        const send = async (id: string) => {
          const { status, body } = await refusals.send(operation, {
            path: pathOf(operation, `?sort=${sort}&limit=1&cursor=${encode({ product, sort, value, id })}`),
          });
          return { status, body: { ...(body as object), requestId: null } };
        };
        // Reading is recorded: the newest record is that of the read before.
        if (operation.id === 'audit_list' && sort.startsWith('-')) continue;
        expect([operation.id, await send(other.fixture.places['/clients/{id}'] as string)]).toEqual([
          operation.id,
          await send(randomUUID()),
        ]);
      }
    }
    await other.close();
  });
});
