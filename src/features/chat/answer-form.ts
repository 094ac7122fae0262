import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { validationFailed } from '../../platform/errors/general.errors.js';

const STREAM = 'text/event-stream';

/** Whether the caller wants the answer while it is written (`Accept: text/event-stream`) or as a whole. */
export const WantsStream = createParamDecorator((_data: unknown, execution: ExecutionContext): boolean => {
  const { headers } = execution.switchToHttp().getRequest<Request>();
  if (!headers.accept?.toLowerCase().includes(STREAM)) return false;
  if (headers['idempotency-key'] === undefined) return true;
  // A stream is not kept, so it could not be given again.
  const message = 'cannot be sent for a stream: ask for application/json';
  throw validationFailed([{ path: 'Idempotency-Key', code: 'isUnusable', message }]);
});
