import { AppError, type FieldProblem } from '../errors/app-error.js';

/** The payload of a message does not have the required shape. */
export function invalidPayload(errors: readonly FieldProblem[]): AppError {
  const fields = [...new Set(errors.map(({ path }) => path || 'payload'))].join(', ');
  return new AppError('INVALID_PAYLOAD', 'invalid', `The payload is not valid: ${fields}.`, { errors });
}

export function unknownEvent(): AppError {
  return new AppError('EVENT_NOT_FOUND', 'not-found', 'This namespace knows no such event.');
}

/** Before anything of the handshake is looked at. */
export function unknownNamespace(): AppError {
  return new AppError(
    'NAMESPACE_NOT_FOUND',
    'not-found',
    'There is no such namespace. Connect to one that is documented.',
  );
}

export function socketProductMismatch(product: string): AppError {
  const detail = `This deployment serves ${product}. Connect to the other one.`;
  return new AppError('PRODUCT_MISMATCH', 'misdirected', detail);
}

export function tooManySockets(): AppError {
  return new AppError('RATE_LIMITED', 'too-many', 'Too many sockets are open. Close some, or try again later.', {
    retryAfterSeconds: 30,
  });
}

export function tooManySubscriptions(limit: number): AppError {
  const detail = `A socket can subscribe to ${limit} resources. Unsubscribe from some first.`;
  return new AppError('SUBSCRIPTION_LIMIT_REACHED', 'unprocessable', detail);
}
