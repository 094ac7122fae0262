import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsDate,
  IsEmail,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsString,
  IsUrl,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { KEY_SCOPE } from '../../tenancy/index.js';

/** What can be said of any field of a request. */
export interface FieldOptions {
  readonly optional?: boolean;
  /** Accepts null, which empties the field. */
  readonly nullable?: boolean;
  readonly description?: string;
  readonly example?: unknown;
}

type Rules = readonly PropertyDecorator[];

/** Documents and validates in one decorator: what OpenAPI promises is what is checked. */
function field(options: FieldOptions, api: ApiPropertyOptions, rules: Rules): PropertyDecorator {
  const { optional = false, nullable = false, description, example } = options;
  const documented = {
    required: !optional,
    ...(nullable && { nullable }),
    ...(description && { description }),
    ...(example !== undefined && { example }),
  };
  return applyDecorators(
    ApiProperty({ ...api, ...documented } as ApiPropertyOptions),
    ValidateIf((_target, value) => !(optional && value === undefined) && !(nullable && value === null)),
    ...rules,
  );
}

const trim = Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value));
const lower = Transform(({ value }: { value: unknown }) =>
  typeof value === 'string' ? value.trim().toLowerCase() : value,
);
const WEB_URL = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };
const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;

export function StringField(
  options: FieldOptions & { min?: number; max: number; isExact?: boolean },
): PropertyDecorator {
  const { min = 1, max, isExact = false } = options;
  return field(options, { type: String, minLength: min, maxLength: max }, [
    IsString(),
    MinLength(min),
    MaxLength(max),
    ...(isExact ? [] : [trim]),
  ]);
}

export function EmailField(options: FieldOptions = {}): PropertyDecorator {
  const api = { type: String, format: 'email', maxLength: 254, example: 'owner@acme.test' };
  return field(options, api, [
    IsEmail({ allow_utf8_local_part: false }, { message: 'must be an e-mail address' }),
    MaxLength(254),
    lower,
  ]);
}

export function SlugField(options: FieldOptions = {}): PropertyDecorator {
  const message = 'must consist of lower-case letters, digits and single hyphens';
  return field(options, { type: String, pattern: SLUG.source, maxLength: 60 }, [
    IsString(),
    Matches(SLUG, { message }),
    MaxLength(60),
  ]);
}

export function UrlField(options: FieldOptions = {}): PropertyDecorator {
  const rule = IsUrl(WEB_URL, { message: 'must be an http(s) URL' });
  return field(options, { type: String, format: 'uri', maxLength: 2048 }, [IsString(), rule, MaxLength(2048)]);
}

export function UuidField(options: FieldOptions = {}): PropertyDecorator {
  return field(options, { type: String, format: 'uuid' }, [IsUUID('all', { message: 'must be a UUID' }), lower]);
}

export function BooleanField(options: FieldOptions = {}): PropertyDecorator {
  return field(options, { type: Boolean }, [IsBoolean()]);
}

export function ChoiceField(choices: readonly string[], options: FieldOptions = {}): PropertyDecorator {
  const message = `must be one of ${choices.join(', ')}`;
  return field(options, { type: String, enum: [...choices] }, [IsIn([...choices], { message })]);
}

/** A JSON object of the caller's own shape. Depth and characters are checked before (body-check.ts). */
export function JsonObjectField(options: FieldOptions = {}): PropertyDecorator {
  return field(options, { type: 'object', additionalProperties: true }, [IsObject()]);
}

export function NestedField(type: () => new () => object, options: FieldOptions = {}): PropertyDecorator {
  // Swagger tells a lazy type from a class by the function's name, `type`.
  return field(options, { type: () => type() }, [IsObject(), ValidateNested(), Type(type)]);
}

/** A list of objects with fields of their own. */
export function NestedListField(
  type: () => new () => object,
  options: FieldOptions & { minItems?: number; maxItems: number },
): PropertyDecorator {
  const { minItems = 0, maxItems } = options;
  return field(options, { type: () => [type()], minItems, maxItems }, [
    IsArray(),
    ArrayMinSize(minItems),
    ArrayMaxSize(maxItems),
    IsObject({ each: true }),
    ValidateNested({ each: true }),
    Type(type),
  ]);
}

export function StringListField(options: FieldOptions & { maxItems: number; max: number }): PropertyDecorator {
  return field(options, { type: [String], maxItems: options.maxItems }, [
    IsArray(),
    ArrayMaxSize(options.maxItems),
    IsString({ each: true }),
    IsNotEmpty({ each: true }),
    MaxLength(options.max, { each: true }),
  ]);
}

/** Addresses of the web, each once. */
export function UrlListField(options: FieldOptions & { maxItems: number }): PropertyDecorator {
  const { maxItems } = options;
  const items = { type: 'string', format: 'uri', maxLength: 2048 };
  const rule = IsUrl(WEB_URL, { each: true, message: 'must be http(s) URLs' });
  const rules = [IsArray(), ArrayMaxSize(maxItems), ArrayUnique(), MaxLength(2048, { each: true }), rule];
  return field(options, { type: 'array', items, maxItems, uniqueItems: true }, rules);
}

export function UuidListField(options: FieldOptions & { maxItems: number }): PropertyDecorator {
  const { maxItems } = options;
  const items = { type: 'string', format: 'uuid' };
  const lowerEach = Transform(({ value }: { value: unknown }) =>
    Array.isArray(value) ? value.map((id: unknown) => (typeof id === 'string' ? id.toLowerCase() : id)) : value,
  );
  return field(options, { type: 'array', items, maxItems, uniqueItems: true }, [
    IsArray(),
    ArrayMaxSize(maxItems),
    ArrayUnique(),
    IsUUID('all', { each: true, message: 'must be UUIDs' }),
    lowerEach,
  ]);
}

/** Key scopes. Which ones there are follows from the routes: open-api.ts adds them to the document. */
export function KeyScopesField(options: FieldOptions & { maxItems: number }): PropertyDecorator {
  const { maxItems } = options;
  const items = { type: 'string', pattern: KEY_SCOPE.source };
  return field(options, { type: 'array', items, minItems: 1, maxItems, uniqueItems: true }, [
    IsArray(),
    ArrayMinSize(1),
    ArrayMaxSize(maxItems),
    ArrayUnique(),
    Matches(KEY_SCOPE, { each: true, message: 'must be <resource>:read or <resource>:write' }),
  ]);
}

/** A whole number in a body. */
export function IntField(options: FieldOptions & { min: number; max: number; default?: number }): PropertyDecorator {
  const { min, max } = options;
  const api = { type: 'integer', minimum: min, maximum: max, default: options.default } as const;
  return field(options, api, [IsInt(), Min(min), Max(max)]);
}

/** A whole number in a query string. */
export function IntQueryField(
  options: FieldOptions & { min: number; max: number; default?: number },
): PropertyDecorator {
  const toNumber = Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value,
  );
  const api = { type: 'integer', minimum: options.min, maximum: options.max, default: options.default } as const;
  return field({ ...options, optional: true }, api, [IsInt(), Min(options.min), Max(options.max), toNumber]);
}

const TIME = /^(?!0000)\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,3})?(Z|[+-]\d{2}:\d{2}))?$/;

/** A time in a query string: a day, or a time with its zone. Other forms mean another time on each server. */
export function TimeQueryField(options: FieldOptions = {}): PropertyDecorator {
  const toDate = Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && TIME.test(value) ? new Date(value) : value,
  );
  const api = { type: String, format: 'date-time' } as const;
  return field({ ...options, optional: true }, api, [IsDate({ message: 'must be an ISO 8601 time in UTC' }), toDate]);
}

/** `true` or `false` in a query string. */
export function FlagQueryField(options: FieldOptions = {}): PropertyDecorator {
  const toBoolean = Transform(({ value }: { value: unknown }) =>
    value === 'true' ? true : value === 'false' ? false : value,
  );
  return field({ ...options, optional: true }, { type: Boolean, default: false }, [
    IsBoolean({ message: 'must be true or false' }),
    toBoolean,
  ]);
}
