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

/** Only what was deactivated long enough ago is deleted for good. */
export function purgeTooEarly(graceDays: number): AppError {
  return new AppError(
    'PURGE_TOO_EARLY',
    'unprocessable',
    `Only an organization that was deactivated at least ${graceDays} days ago can be purged.`,
  );
}

/** The organization does not have the feature that the route needs. */
export function featureNotEnabled(feature: string): AppError {
  return new AppError('FEATURE_NOT_ENABLED', 'forbidden', `This organization does not have the feature ${feature}.`);
}

/** The organization's subscription has ended, or was not paid. */
export function subscriptionInactive(): AppError {
  return new AppError('SUBSCRIPTION_INACTIVE', 'forbidden', 'The subscription of this organization is not active.');
}
