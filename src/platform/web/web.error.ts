import { AppError, type ErrorCategory } from '../errors/app-error.js';

/** A step from one address to another, as the server of the first demanded it. */
export interface Redirect {
  readonly url: string;
  readonly status: number;
  readonly location: string;
}

/** Why an address of the web could not be read. Its message may be shown: it names no address of a network of ours. */
export class WebError extends AppError {
  /** The redirects that led to it. */
  redirects: readonly Redirect[] = [];

  constructor(code: string, category: ErrorCategory, message: string, cause?: unknown) {
    super(code, category, message, { cause });
    this.name = 'WebError';
  }
}
