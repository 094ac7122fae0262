import { AppError } from '../../platform/errors/app-error.js';

/** Slugs of organizations are unique in the product, because they stand in addresses. */
export function slugTaken(): AppError {
  return new AppError(
    'SLUG_TAKEN',
    'conflict',
    'This slug is taken. Choose another, or leave it out to get a free one.',
    {
      errors: [{ path: 'slug', code: 'taken', message: 'is already in use' }],
    },
  );
}
