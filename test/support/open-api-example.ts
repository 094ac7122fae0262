import { randomUUID } from 'node:crypto';
import type { Api, Schema } from './open-api.js';

/** Stands in every text that is never shown again, so that showing it anywhere can be found. */
export const SECRET = `SECRET-${randomUUID()}`;

/** What generated values are made of. */
export interface ExampleOptions {
  /** Stands in every free text, so that a leak of it can be found. */
  readonly marker: string;
  /** Ids that a field of this name refers to. */
  readonly ids: Readonly<Record<string, string>>;
}

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = Record<string, JsonValue>;

/**
 * Makes a valid value of a schema with every optional field filled. Two calls give two e-mail addresses, slugs and terms.
 * @throws Error naming a field that refers to a row by an id, unless `ids` has it.
 */
export function exampleOf(api: Api, schema: Schema, options: ExampleOptions, name = 'body'): JsonValue {
  const { type, enum: choices, properties, items } = api.resolve(schema);
  if (choices?.[0] !== undefined) return choices[0];
  if (isSecret(schema, name)) return type === 'object' ? { nested: { remark: SECRET } } : SECRET;
  switch (type) {
    case 'string':
      return textOf(api.resolve(schema), options, name);
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return api.resolve(schema).minimum ?? 1;
    case 'array':
      return [exampleOf(api, items ?? {}, options, name)];
    case 'object':
    case undefined: {
      if (!properties) return { note: options.marker, nested: { remark: options.marker } };
      const fields = Object.entries(properties);
      return Object.fromEntries(fields.map(([field, value]) => [field, exampleOf(api, value, options, field)]));
    }
    default:
      throw new Error(
        `${name}: no example for the type ${type}. Add it to exampleOf() in test/support/open-api-example.ts.`,
      );
  }
}

function isSecret({ description = '' }: Schema, name: string): boolean {
  return name === 'password' || /write only|never returned/i.test(description);
}

function textOf(
  { format, pattern, minLength = 0, maxLength = 2_000 }: Schema,
  options: ExampleOptions,
  name: string,
): string {
  const unique = `${options.marker}-${randomUUID().slice(0, 8)}`;
  const slug = unique.toLowerCase();
  if (format === 'uuid') {
    const id = options.ids[name];
    if (id === undefined)
      throw new Error(`${name} refers to a row: add the id of one to "ids" in test/support/sweep.ts.`);
    return id;
  }
  if (format === 'email') return `${slug}@example.test`;
  if (format === 'uri') return `https://www.example.test/${slug}`;
  if (format === 'date-time') return new Date().toISOString();
  if (pattern !== undefined) return slug;
  return `${name} ${unique}`.slice(-maxLength).padEnd(minLength, '.');
}
