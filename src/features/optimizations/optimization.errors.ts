import { AppError } from '../../platform/errors/app-error.js';

/** There is nothing to optimize for. */
export function keywordMissing(): AppError {
  const message = 'The client’s projects target no keyword: add one to a project, or name one in the request.';
  return new AppError('KEYWORD_MISSING', 'unprocessable', message);
}
