import type { NextFunction, Request, Response } from 'express';
import type { FieldProblem } from '../errors/app-error.js';
import { AppError } from '../errors/app-error.js';
import { validationFailed } from '../errors/general.errors.js';

/** Deeper input makes recursive code overflow; no resource of ours needs a quarter of it. */
const MAX_DEPTH = 20;
/** A body of thousands of wrong fields is not answered with as many lines. */
export const MAX_REPORTED = 20;
// All that every object inherits: class-validator looks fields up in plain objects, so `toString` would be a known one.
const FORBIDDEN_KEYS = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype']);

/**
 * Middleware that refuses what no column, log or parser behind it can take: NUL bytes and lone surrogates (PostgreSQL has
 * no place for them), too deep nesting, and keys that reach into prototypes. Names each place.
 */
export function checkInput(request: Request, _response: Response, next: NextFunction): void {
  // Express keeps no record of a body it did not parse; form data and XML would look like an absent body.
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (hasBody && !Buffer.isBuffer(request.body) && !request.is('json') && !request.is('+json')) {
    next(new AppError('MEDIA_TYPE_UNSUPPORTED', 'unsupported-type', 'Send application/json in UTF-8.'));
    return;
  }
  const problems = [
    // Bytes that are signed are read by their route, after the signature.
    ...(Buffer.isBuffer(request.body) ? [] : findProblems(request.body)),
    ...findProblems(request.query),
    ...findProblems({ url: safeDecode(request.url) }),
  ];
  next(problems.length > 0 ? validationFailed(problems.slice(0, MAX_REPORTED)) : undefined);
}

/** Error middleware that names what the JSON parser refused: Nest would take its SyntaxError for any bad request. */
export function nameParseErrors(
  error: Error & { type?: unknown },
  _request: Request,
  _response: Response,
  next: NextFunction,
): void {
  next(
    error.type === 'entity.parse.failed'
      ? new AppError('BODY_MALFORMED', 'invalid', 'The body is not valid JSON.')
      : error,
  );
}

/** Walks without recursion: the input decides the depth. */
export function findProblems(input: unknown): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const pending: Place[] = [{ value: input, path: [] }];
  for (let next = pending.pop(); next && problems.length < MAX_REPORTED; next = pending.pop()) {
    const { value, path } = next;
    if (typeof value !== 'object' || value === null) {
      problems.push(...scalarProblems(value, path));
    } else if (path.length >= MAX_DEPTH) {
      problems.push(problem(path.slice(0, 3), 'maxDepth', `must not be nested deeper than ${MAX_DEPTH} levels`));
    } else {
      const [forbidden, allowed] = partition(Object.entries(value), ([key]) => isForbidden(key));
      problems.push(...forbidden.map(([key]) => forbiddenKey([...path, toPrintable(key)])));
      pending.push(...allowed.map(([key, child]) => ({ value: child as unknown, path: [...path, key] })));
    }
  }
  return problems;
}

interface Place {
  readonly value: unknown;
  readonly path: readonly string[];
}

function scalarProblems(value: unknown, path: readonly string[]): FieldProblem[] {
  if (typeof value === 'string' && !isStorable(value)) {
    return [problem(path, 'isStorable', 'must not contain NUL bytes or lone surrogates')];
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return [problem(path, 'isFinite', 'must be a number that JSON can give back')];
  }
  return [];
}

function partition<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

function forbiddenKey(path: readonly string[]): FieldProblem {
  return problem(path, 'forbiddenKey', 'must not have this name');
}

function isForbidden(key: string): boolean {
  return FORBIDDEN_KEYS.has(key) || !isStorable(key);
}

function problem(path: readonly string[], code: string, message: string): FieldProblem {
  return { path: path.join('.'), code, message };
}

/** Tells whether PostgreSQL has a place for a text. */
export function isStorable(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}

function toPrintable(key: string): string {
  return key.toWellFormed().replaceAll('\u0000', '\uFFFD').slice(0, 60);
}

function safeDecode(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}
