import type { AppError, FieldProblem } from '../errors/app-error.js';

/** What a client is told of an error: in a refusal, an acknowledgement or an `error` event. */
export interface SocketProblem {
  readonly code: string;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly FieldProblem[];
  readonly retryAfterSeconds?: number;
}

export function toSocketProblem(error: AppError, requestId: string): SocketProblem {
  const { code, message: detail, errors, retryAfterSeconds } = error;
  return {
    code,
    detail,
    requestId,
    ...(errors && { errors }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}
