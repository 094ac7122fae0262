// cspell:ignore Cscript fetc fpasswd
import { randomUUID } from 'node:crypto';
import { sample } from '../support/long-form.js';
import { named, type Operation, parametersIn, readApi } from '../support/open-api.js';
import { differencesFrom } from '../support/open-api-conformance.js';
import { problemDefects, type RawAnswer } from '../support/open-api-request.js';
import { fillPath, withRequired } from '../support/sweep.js';
import { invalid, refusedAs, Refusals } from '../support/sweep-refusals.js';
import { TestApp } from '../support/test-app.js';

const app = await TestApp.start();
const api = readApi(app);
const withPath = named(api.operations.filter((operation) => parametersIn(operation, 'path').length > 0));
const withQuery = named(api.operations.filter((operation) => parametersIn(operation, 'query').length > 0));

let refusals: Refusals;

beforeAll(async () => {
  refusals = await Refusals.open(app, api);
});
afterAll(async () => {
  await refusals.close();
  await app.stop();
});

/** The path of an operation with a query, or with another text in place of a parameter. */
function pathOf(operation: Operation, query = '', replaced: Record<string, string> = {}): string {
  const entries = Object.entries(replaced);
  const raw = entries.reduce((text, [name, value]) => text.replace(`{${name}}`, () => value), operation.path);
  return fillPath(raw, refusals.fixture.places) + withRequired(operation, query);
}

/** Expects an answer that its documentation lists, and if it is an error a proper one. */
function expectProper(operation: Operation, what: string, answer: RawAnswer): void {
  const undocumented = answer.status === 404 ? [] : differencesFrom(api, operation, answer);
  const defects = answer.status < 400 ? [] : problemDefects(answer);
  expect([what, [...undocumented, ...defects]]).toEqual([what, []]);
}

describe.each(sample(withPath, 18))('%s', (_route, operation) => {
  it('names the part of the address that is no id', async () => {
    for (const { name, schema } of parametersIn(operation, 'path')) {
      const isUuid = !schema.enum && !name.endsWith('Slug');
      const wrong = [
        'x',
        '0',
        '-1',
        'null',
        'undefined',
        '[object%20Object]',
        `${randomUUID()}0`,
        `%7B${randomUUID()}%7D`,
        `urn:uuid:${randomUUID()}`,
        "'%20OR%20'1'='1",
        '%3Cscript%3E',
        '..%2f..%2fetc%2fpasswd',
        '%C3%A9',
        '%F0%9F%92%A9',
        '%E2%80%AE',
        '*',
        '1%2C2',
        'a'.repeat(3_000),
        '__proto__',
        'constructor',
      ];
      const requests = wrong.map((value) => ({ path: pathOf(operation, '', { [name]: value }) }));
      if (isUuid || schema.enum) await refusals.expectEach(requests, operation, invalid(name));
      else
        for (const request of requests) expectProper(operation, request.path, await refusals.send(operation, request));
    }
  });

  it('refuses an address that cannot be decoded, or holds what cannot be stored', async () => {
    for (const { name } of parametersIn(operation, 'path')) {
      for (const value of ['%', '%zz', '%C3', '%ff', '%ed%a0%80', '%c0%80']) {
        await refusals.expectEach(
          [{ path: pathOf(operation, '', { [name]: value }) }],
          operation,
          refusedAs(400, 'REQUEST_MALFORMED'),
        );
      }
      for (const value of ['%00', `${randomUUID()}%00`]) {
        await refusals.expectEach([{ path: pathOf(operation, '', { [name]: value }) }], operation, { status: 400 });
      }
    }
  });

  it('is not another route under a disguise', async () => {
    const path = pathOf(operation);
    for (const disguise of [
      `/${path}`,
      path.replace('/api/', '/api//'),
      `${path}/..`,
      `${path}/.`,
      `${path}/x/..`,
      path.replace('/v1/', '/v1/../v1/'),
      `${path};x=1`,
      `${path}%2f`,
      `${path}%20`,
      `${path}.json`,
    ]) {
      const answer = await refusals.send({ ...operation, method: 'get' }, { path: disguise });
      expect([disguise, answer.status]).toEqual([disguise, expect.any(Number)]);
      expect([disguise, [400, 404].includes(answer.status)]).toEqual([disguise, true]);
      expect(problemDefects(answer)).toEqual([]);
    }
  });
});

describe.each(sample(withQuery, 8))('%s', (_route, operation) => {
  const parameters = parametersIn(operation, 'query');

  it('names the parameter that has a wrong value', async () => {
    for (const { name, schema } of parameters) {
      const {
        type,
        enum: choices,
        format,
        default: preset,
      } = api.resolve(schema) as typeof schema & { default?: unknown };
      const isFree = type === 'string' && !choices && !format && name !== 'cursor' && preset === undefined;
      const wrong = [
        `${name}=`,
        `${name}=a&${name}=b`,
        `${name}[]=a`,
        `${name}[a]=b`,
        `${name}=%00`,
        `${name}=${'x'.repeat(5_000)}`,
      ];
      const typed = [
        'x',
        '-1',
        '1.5',
        '1e3',
        'NaN',
        '%20',
        '%2B1',
        '0x10',
        '%F0%9F%92%A9',
        '9007199254740993',
        'null',
        "'",
        '%ed%a0%80',
      ];
      const pairs = [...wrong, ...(isFree ? [] : typed.map((value) => `${name}=${value}`))];
      for (const pair of pairs) {
        const answer = await refusals.send(operation, { path: pathOf(operation, `?${pair}`) });
        expectProper(operation, pair, answer);
        expect([pair, answer.status]).toEqual([pair, 400]);
        const { errors } = answer.body as { errors?: { path: string }[] };
        expect([pair, errors?.some(({ path }) => path.startsWith(name))]).toEqual([pair, true]);
      }
    }
  });

  it('refuses parameters that are not its own', async () => {
    const names = [
      'nobodyKnowsThis',
      '__proto__',
      'constructor',
      'toString',
      'Limit',
      'where',
      'include',
      'select',
      'orderBy',
      'take',
      'skip',
      'q',
      '%24where',
    ];
    const own = operation.parameters.map(({ name }) => name);
    for (const name of names.filter((each) => !own.includes(each))) {
      const path = decodeURIComponent(name);
      await refusals.expectEach(
        [{ path: pathOf(operation, `?${name}=1`) }, { path: pathOf(operation, `?${name}=1&${name}=2`) }],
        operation,
        invalid(path),
      );
    }
    await refusals.expectEach(
      [{ path: pathOf(operation, '?__proto__[isAdmin]=1') }],
      operation,
      invalid('__proto__[isAdmin]'),
    );
    const many = Array.from({ length: 900 }, (_, index) => `k${index}=`).join('&');
    const answer = await refusals.send(operation, { path: pathOf(operation, `?${many}`) });
    expect(answer).toMatchObject(refusedAs(400, 'VALIDATION_FAILED'));
    expect(answer.text.length).toBeLessThan(10_000);
  });

  it('takes times that a database cannot hold for wrong ones', async () => {
    const times = parameters.filter(({ schema }) => api.resolve(schema).format === 'date-time');
    const wrong = [
      '0000-01-01',
      '0000-00-00T00:00:00Z',
      '2026-13-01',
      '2026-02-30T99:00:00Z',
      '2026-01-01T00:00:00%2B99:00',
      '2026-01-01T00:00:00',
      '-000001-01-01',
      '%2B275760-09-14T00:00:00Z',
      '2026-01-01junk',
    ];
    for (const { name } of times) {
      await refusals.expectEach(
        wrong.map((value) => ({ path: pathOf(operation, `?${name}=${value}`) })),
        operation,
        invalid(name),
      );
    }
  });
});
