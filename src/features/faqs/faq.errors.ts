import { AppError } from '../../platform/errors/app-error.js';

/** Missing, not published, or another product's: all the same to the caller. */
export function faqNotFound(): AppError {
  return new AppError('FAQ_NOT_FOUND', 'not-found', 'There is no such question.');
}

export function faqCategoryNotFound(): AppError {
  return new AppError('FAQ_CATEGORY_NOT_FOUND', 'not-found', 'There is no such category of questions.');
}

export function faqCategorySlugTaken(): AppError {
  return new AppError('FAQ_CATEGORY_SLUG_TAKEN', 'conflict', 'Another category has this slug. Choose another one.', {
    errors: [{ path: 'slug', code: 'taken', message: 'is already in use' }],
  });
}

export function faqCategoryInUse(): AppError {
  return new AppError(
    'FAQ_CATEGORY_IN_USE',
    'conflict',
    'The category still holds questions. Move or archive them first.',
  );
}
