import fc from 'fast-check';
import type { JsonObject, JsonValue } from './open-api-example.js';

/** JSON texts that break code which expects something else. Not all can be written as a value. */
export const HOSTILE_JSON = [
  'null',
  'true',
  'false',
  '0',
  '-0',
  '-1',
  '1.5',
  '1e308',
  '-1e308',
  '1e999',
  '9007199254740992',
  '9007199254740993',
  '""',
  '" "',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udfff"',
  '"a\\ud83d"',
  '"\\u202Eevil"',
  '"\\ufeff"',
  '"\\u0007"',
  '"null"',
  '"undefined"',
  '"../../etc/passwd"',
  '"%00"',
  "\"' OR '1'='1\"",
  '"$ne"',
  '"a@b"',
  '"http://"',
  '"javascript:alert(1)"',
  '[]',
  '[null]',
  '[[]]',
  '["x"]',
  '{}',
  '{"a":1}',
  '{"connect":{"id":"x"}}',
  '{"set":null}',
  '{"$gt":""}',
  `"${'x'.repeat(6_000)}"`,
  `"${'a@'.repeat(500)}"`,
  `"z${'\\u0336'.repeat(300)}"`,
  `"${'-'.repeat(60)}"`,
] as const;

const HOSTILE_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'then',
  '$where',
  '',
  ' ',
  '\u0000',
  '\ud800',
  '0',
  'id',
  'organizationId',
  'product',
  'version',
  'isActive',
  'deletedAt',
  'createdAt',
  'ownerId',
  'platformRole',
  'passwordHash',
] as const;

type Path = readonly (string | number)[];

const text = fc.oneof(
  fc.constantFrom(...HOSTILE_JSON),
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
  fc.string({ unit: 'binary', maxLength: 60 }).map((value) => JSON.stringify(value)),
);
const name = fc.oneof(fc.constantFrom(...HOSTILE_NAMES), fc.string({ unit: 'binary', maxLength: 12 }));

/** Makes bodies that differ from a valid one in one to three places: values replaced, fields taken out or added. */
export function mutatedBodies(body: JsonObject): fc.Arbitrary<string> {
  const paths = pathsIn(body);
  const replace = fc.record({ path: fc.constantFrom(...paths), text });
  const remove = fc.record({
    path: fc.constantFrom(...paths.filter((path) => path.length > 0)),
    text: fc.constant(undefined),
  });
  const objects = paths.filter((path) => isObject(valueAt(body, path)));
  const add = fc.record({
    path: fc.tuple(fc.constantFrom(...objects), name).map(([path, last]): Path => [...path, last]),
    text,
  });
  const edits = fc.array(fc.oneof({ weight: 4, arbitrary: replace }, remove, { weight: 2, arbitrary: add }), {
    minLength: 1,
    maxLength: 3,
  });
  return edits.map((list) =>
    list.reduce((json, { path, text: value }) => edit(json, path, value), JSON.stringify(body)),
  );
}

/** Puts a JSON text in the place of a value, without reading it: `-0` and lone surrogates stay what they are. */
export function edit(json: string, path: Path, replacement: string | undefined): string {
  const marker = `@@${Math.random()}@@`;
  const body = parseLeniently(json);
  if (body === undefined) return json;
  const [last] = path.slice(-1);
  const parent = valueAt(body, path.slice(0, -1));
  if (last === undefined) return replacement ?? json;
  if (typeof parent !== 'object' || parent === null) return json;
  const target = parent as Record<string | number, unknown>;
  if (replacement === undefined) delete target[last];
  // Not by assignment: `__proto__` is to be a field like any other.
  else Object.defineProperty(target, last, { value: marker, enumerable: true, configurable: true, writable: true });
  return JSON.stringify(body).replace(`"${marker}"`, () => replacement ?? '');
}

function parseLeniently(json: string): JsonValue | undefined {
  try {
    return JSON.parse(json) as JsonValue;
  } catch {
    return undefined;
  }
}

function pathsIn(value: JsonValue, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, child]) => pathsIn(child, [...path, key]))];
}

function valueAt(value: JsonValue, path: Path): unknown {
  return path.reduce<unknown>(
    (at, key) => (isObject(at) || Array.isArray(at) ? (at as Record<string | number, unknown>)[key] : undefined),
    value,
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
