import { AppError } from '../../platform/errors/app-error.js';

/** It ended, ran out, or needs no approval. */
export function supportSessionOver(): AppError {
  return new AppError(
    'SUPPORT_SESSION_OVER',
    'unprocessable',
    'This support session has ended or waits for no approval. A new one must be opened.',
  );
}
