import type { Api, Operation, Schema } from './open-api.js';

const UTC_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** An answer as it came over the wire. */
export interface ObservedAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: unknown;
}

/** Returns what an answer has that the document does not promise, and what it lacks of what the document does. */
export function differencesFrom(
  api: Api,
  { id, answers }: Operation,
  { status, type, body }: ObservedAnswer,
): string[] {
  const documented = answers[status];
  if (!documented) return [`${id} answers ${status}, which its documentation does not list`];
  const schema = documented.content?.[type.split(';')[0] as string]?.schema;
  if (!documented.content) return body === '' ? [] : [`${id} ${status} has a body, and should have none`];
  if (!schema) return [`${id} ${status} is ${type}, which its documentation does not list`];
  return schemaDifferences(api, schema, body, '').map((difference) => `${id} ${status}: ${difference}`);
}

function schemaDifferences(api: Api, schema: Schema, value: unknown, path: string): string[] {
  const {
    type,
    nullable,
    enum: choices,
    format,
    properties,
    required = [],
    items,
    additionalProperties,
  } = api.resolve(schema);
  const at = path || 'the body';
  if (value === null) return nullable || schema.nullable ? [] : [`${at} is null`];
  if (choices && !choices.some((choice) => choice === value)) return [`${at} is none of ${choices.join(', ')}`];
  if (Array.isArray(value)) {
    if (type !== 'array') return [`${at} is a list, and should be a ${type}`];
    return value.flatMap((item, index) => schemaDifferences(api, items ?? {}, item, `${path}[${index}]`));
  }
  if (typeof value !== 'object') {
    const expected = type === 'integer' ? 'number' : type;
    if (typeof value !== expected) return [`${at} is a ${typeof value}, and should be a ${type}`];
    return typeof value === 'string' ? formatDifferences(format, value, at) : [];
  }
  if (type !== undefined && type !== 'object') return [`${at} is an object, and should be a ${type}`];
  if (!properties) return [];
  const object = value as Record<string, unknown>;
  const missing = required.filter((name) => object[name] === undefined).map((name) => `${path}.${name} is missing`);
  const unknown = Object.keys(object).filter((name) => !properties[name] && additionalProperties !== true);
  const children = Object.entries(properties).flatMap(([name, child]) =>
    object[name] === undefined ? [] : schemaDifferences(api, child, object[name], `${path}.${name}`),
  );
  return [...missing, ...unknown.map((name) => `${path}.${name} is not documented`), ...children];
}

function formatDifferences(format: string | undefined, value: string, at: string): string[] {
  if (format === 'date-time' && !UTC_TIME.test(value)) return [`${at} is no ISO 8601 time in UTC`];
  if (format === 'uuid' && !UUID_V7.test(value)) return [`${at} is no UUID of version 7`];
  return [];
}
