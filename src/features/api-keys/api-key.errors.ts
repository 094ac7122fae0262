import type { AppError } from '../../platform/errors/app-error.js';
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
