import { AppError } from '../../platform/errors/app-error.js';
import { validationFailed } from '../../platform/errors/general.errors.js';

/** No route asks for these key scopes, or no key can be given them. */
export function keyScopesUnknown(indexes: readonly number[]): AppError {
  return validationFailed(
    indexes.map((index) => ({
      path: `scopes.${index}`,
      code: 'isKeyScope',
      message: 'must be a key scope that the OpenAPI document lists',
    })),
  );
}

/** The organization has as many keys as one may have. */
export function keyLimitReached(limit: number): AppError {
  return new AppError(
    'API_KEY_LIMIT_REACHED',
    'unprocessable',
    `An organization has at most ${limit} API keys, and this one has as many. Revoke one that nobody uses.`,
  );
}
