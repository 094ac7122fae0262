/** What kind of answer an error is; each door maps it (HTTP: platform/http/problem.filter.ts). */
export type ErrorCategory =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'precondition-failed'
  | 'too-large'
  | 'unsupported-type'
  | 'misdirected'
  | 'unprocessable'
  | 'too-many'
  | 'unavailable'
  | 'internal';

/** What is wrong with one field of the input. */
export interface FieldProblem {
  /** Where, in dots: `facebookPage.pageId`. Empty for the input as a whole. */
  readonly path: string;
  /** Stable name of the rule that was broken. */
  readonly code: string;
  readonly message: string;
}

export interface AppErrorOptions {
  readonly errors?: readonly FieldProblem[];
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/**
 * An error that a caller can act on. Features throw it by the functions of their `*.errors.ts`.
 * `code` is stable; `message` says what happened and what to do next, and never carries a secret or SQL.
 */
export class AppError extends Error {
  readonly errors: readonly FieldProblem[] | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly code: string,
    readonly category: ErrorCategory,
    message: string,
    options: AppErrorOptions = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'AppError';
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
