import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { sample } from '../support/long-form.js';
import { readApi, type Schema } from '../support/open-api.js';
import { differencesFrom } from '../support/open-api-conformance.js';
import type { JsonObject } from '../support/open-api-example.js';
import { edit, mutatedBodies } from '../support/open-api-mutation.js';
import { problemDefects } from '../support/open-api-request.js';
import { bodyOf } from '../support/sweep.js';
import { invalid, refusedAs, type Refused, Refusals } from '../support/sweep-refusals.js';
import { TestApp } from '../support/test-app.js';

/** Set FUZZ_SEED to repeat a run; a failure also prints the path to its smallest case. */
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const FUZZED_REQUESTS = 1_000;
/** What a row has and nobody may send. */
const SERVER_OWNED = [
  'id',
  'organizationId',
  'product',
  'ownerId',
  'userId',
  'invitedById',
  'createdAt',
  'updatedAt',
  'deletedAt',
  'deletedBy',
  'isActive',
  'version',
  'platformRole',
  'passwordHash',
  'homeOrganizationId',
  'subscriptionState',
  'features',
  'envelope',
  'fingerprint',
  'healthState',
  'secretsEnvelope',
];

const app = await TestApp.start();
const api = readApi(app);
const operations = api.operations.filter(({ body }) => body !== null);
const withBody = operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const);

let refusals: Refusals;

beforeAll(async () => {
  refusals = await Refusals.open(app, api);
});
afterEach(async () => {
  const me = api.operations.find(({ id }) => id === 'auth_me');
  expect(await refusals.send(me!)).toMatchObject({ status: 200 });
});
afterAll(async () => {
  await refusals.close();
  await app.stop();
});

/** JSON texts that are no value of a field. */
function wrongValuesOf(schema: Schema): string[] {
  const {
    type,
    nullable,
    minLength = 0,
    maxLength,
    format,
    pattern,
    enum: choices,
  } = { ...api.resolve(schema), nullable: schema.nullable };
  const kinds: Readonly<Record<string, string>> = {
    string: '"text"',
    boolean: 'true',
    number: '1',
    object: '{"a":1}',
    array: '["x"]',
  };
  const others = Object.entries(kinds)
    .filter(([kind]) => kind !== (type === 'integer' ? 'number' : type))
    .map(([, text]) => text);
  // Of a whole number, -0 is one in JSON: the same as 0.
  const numbers = ['1e308', '1e999', '9007199254740993', ...(type === 'integer' ? ['1.5', '-1'] : ['-0'])];
  const isText = type === 'string';
  return [
    ...others,
    ...numbers,
    ...(nullable ? [] : ['null']),
    ...(isText
      ? ['"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"a\\udc00b"', '[null]', '[["x"]]', '{"set":"x"}', '{"toString":"x"}']
      : []),
    ...(isText && (minLength > 0 || format || pattern || choices) ? ['""'] : []),
    ...(maxLength === undefined ? [] : [`"${'x'.repeat(maxLength + 1)}"`]),
    ...(format || pattern || choices ? ['"not one of these"', '"\' OR 1=1 --"', `"${'a'.repeat(60_000)}!"`] : []),
  ];
}

describe.each(sample(withBody, 14))('%s', (_route, operation) => {
  const json = () => JSON.stringify(bodyOf(api, operation, refusals.fixture));
  const fields = Object.entries(operation.body?.properties ?? {});

  it('names the field that has a wrong value', async () => {
    const inField = (name: string) => invalid(expect.stringMatching(`^${name}(\\.|$)`));
    const wrong = fields.flatMap(([name, schema]) =>
      wrongValuesOf(schema).map((text): Refused => [{ body: edit(json(), [name], text) }, inField(name)]),
    );
    const missing = (operation.body?.required ?? []).map((name): Refused => [
      { body: edit(json(), [name], undefined) },
      inField(name),
    ]);
    await refusals.expectAll([...wrong, ...missing], operation);
  });

  it('refuses fields that are not its own', async () => {
    const names = SERVER_OWNED.filter((name) => !operation.body?.properties?.[name]);
    const odd = ['nobodyKnowsThis', '__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty'];
    const added = [...names, ...odd].map((name): Refused => [{ body: edit(json(), [name], '"x"') }, invalid(name)]);
    const inside = fields.flatMap(([name, schema]) => {
      const { properties, type } = api.resolve(schema);
      const keys = properties ? ['__proto__', 'nobodyKnowsThis'] : ['__proto__', 'constructor', 'prototype'];
      const body = (key: string) => edit(json(), [name, key], '{"isAdmin":true}');
      return type !== 'object' ? [] : keys.map((key): Refused => [{ body: body(key) }, invalid(`${name}.${key}`)]);
    });
    await refusals.expectAll([...added, ...inside], operation);
  });

  it('refuses a body that is no JSON object', async () => {
    const broken = [
      '{',
      '{"a":',
      '{a:1}',
      "{'a':1}",
      'nul',
      '1',
      '"text"',
      'null',
      'true',
      '{"a":1}}',
      '{"a":1}{"b":2}',
      '\u0000',
      'NaN',
      '{"a":"\u0001"}',
    ];
    await refusals.expectEach(
      broken.map((body) => ({ body })),
      operation,
      refusedAs(400, 'BODY_MALFORMED'),
    );
    const lists = ['[]', '[{}]', `[${json()}]`, '[[[[]]]]', '["a"]', '[null]'];
    await refusals.expectEach(
      lists.map((body) => ({ body })),
      operation,
      refusedAs(400, 'VALIDATION_FAILED'),
    );
    const deep = [`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, `${'['.repeat(20_000)}${']'.repeat(20_000)}`];
    const [first] = fields;
    const deepInside = first ? [edit(json(), [first[0]], deep[0])] : [];
    await refusals.expectEach(
      [...deep, ...deepInside].map((body) => ({ body })),
      operation,
      refusedAs(400, 'VALIDATION_FAILED'),
    );
  });

  it('refuses what is not JSON in UTF-8, or too much of it', async () => {
    const types = [
      'text/plain',
      'text/html',
      'application/xml',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/octet-stream',
      'nonsense',
      'application/json; charset=iso-8859-1',
    ];
    await refusals.expectEach(
      types.map((type) => ({ body: json(), headers: { 'content-type': type } })),
      operation,
      refusedAs(415, 'MEDIA_TYPE_UNSUPPORTED'),
    );
    const encoded = (encoding: string, body: string | Buffer) => ({
      body,
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
    });
    await refusals.expectEach(
      [encoded('compress', json()), encoded('nonsense', json())],
      operation,
      refusedAs(415, 'MEDIA_TYPE_UNSUPPORTED'),
    );
    await refusals.expectEach(
      [encoded('gzip', json()), encoded('br', json())],
      operation,
      refusedAs(400, 'REQUEST_MALFORMED'),
    );
    const bomb = gzipSync(`{"a":"${'x'.repeat(10 * 2 ** 20)}"}`);
    const large = `{"a":"${'x'.repeat(10 * 2 ** 20)}"}`;
    await refusals.expectEach(
      [encoded('gzip', bomb), { body: large }, { body: `{"a":"${'x'.repeat(102_400)}"}` }],
      operation,
      refusedAs(413, 'BODY_TOO_LARGE'),
    );
    expect(await refusals.send(operation, encoded('gzip', gzipSync('{"nobodyKnowsThis":1}')))).toMatchObject(
      refusedAs(400, 'VALIDATION_FAILED'),
    );
  });

  it('answers thousands of wrong fields shortly', async () => {
    const many = Object.fromEntries(Array.from({ length: 9_000 }, (_, index) => [`k${index}`, 0]));
    const answer = await refusals.send(operation, { body: JSON.stringify(many) });
    expect(answer).toMatchObject(refusedAs(400, 'VALIDATION_FAILED'));
    expect(answer.text.length).toBeLessThan(10_000);
  });

  it(`gives an answer of its documentation to whatever is sent (FUZZ_SEED=${SEED})`, async () => {
    let before = await refusals.stored();
    const valid = bodyOf(api, operation, refusals.fixture) as JsonObject;
    const property = fc.asyncProperty(mutatedBodies(valid), async (body) => {
      const answer = await refusals.send(operation, { body });
      expect(differencesFrom(api, operation, answer)).toEqual([]);
      const after = await refusals.stored();
      if (answer.status < 400) before = after;
      else expect([problemDefects(answer), after]).toEqual([[], before]);
    });
    await fc.assert(property, {
      seed: SEED,
      numRuns: Math.ceil(FUZZED_REQUESTS / operations.length),
      interruptAfterTimeLimit: 20_000,
    });
  });
});
