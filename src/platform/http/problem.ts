import { STATUS_CODES } from 'node:http';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { TenancyError, type TenancyErrorCategory } from '../../tenancy/index.js';
import { toDatabaseFault } from '../errors/database-fault.js';
import { AppError, type ErrorCategory, type FieldProblem } from '../errors/app-error.js';
import { dependencyUnavailable, validationFailed } from '../errors/general.errors.js';

const STATUS: Readonly<Record<ErrorCategory, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'precondition-failed': 412,
  'too-large': 413,
  'unsupported-type': 415,
  misdirected: 421,
  unprocessable: 422,
  'too-many': 429,
  unavailable: 503,
  internal: 500,
};

const TENANCY_CATEGORY: Readonly<Record<TenancyErrorCategory, ErrorCategory>> = {
  unauthenticated: 'unauthenticated',
  forbidden: 'forbidden',
  'organization-required': 'invalid',
  'not-found': 'not-found',
  misdirected: 'misdirected',
  'programming-error': 'internal',
};

export class FieldProblemDocument implements FieldProblem {
  @ApiProperty({ description: 'Where, in dots. Empty for the input as a whole.', example: 'facebookPage.pageId' })
  path!: string;
  @ApiProperty({ example: 'isString' })
  code!: string;
  @ApiProperty({ example: 'must be a string' })
  message!: string;
}

/** The body of every error answer, `application/problem+json` (RFC 9457). */
export class ProblemDocument {
  @ApiProperty({ example: 'urn:bulkhead:problem:validation-failed' })
  type!: string;
  @ApiProperty({ example: 'Bad Request' })
  title!: string;
  @ApiProperty({ example: 400 })
  status!: number;
  @ApiProperty({ description: 'Stable; see docs/errors.md.', example: 'VALIDATION_FAILED' })
  code!: string;
  @ApiProperty()
  detail!: string;
  @ApiProperty()
  requestId!: string;
  @ApiPropertyOptional({ type: [FieldProblemDocument] })
  errors?: readonly FieldProblem[];
}

/** Makes of anything thrown an error that may be shown; what may not becomes INTERNAL_ERROR with the original as cause. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof TenancyError) {
    const category = TENANCY_CATEGORY[error.category];
    if (category !== 'internal') return new AppError(error.code, category, error.message, { cause: error });
    return internal(error);
  }
  return fromDatabase(error) ?? fromHttp(error) ?? internal(error);
}

export function toProblem(error: AppError, requestId: string): ProblemDocument {
  const status = STATUS[error.category];
  return {
    type: `urn:bulkhead:problem:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code: error.code,
    detail: error.message,
    requestId,
    ...(error.errors && { errors: error.errors }),
  };
}

function internal(cause: unknown): AppError {
  return new AppError('INTERNAL_ERROR', 'internal', 'Something went wrong on our side. Give us the requestId.', {
    cause,
  });
}

/** For faults that no repository expected; those that one expects become errors of the feature there. */
function fromDatabase(error: unknown): AppError | null {
  const fault = toDatabaseFault(error);
  switch (fault?.kind) {
    case undefined:
      return null;
    case 'conflict':
      return new AppError('VALUE_TAKEN', 'conflict', 'A value that must be unique is already in use.', {
        cause: error,
      });
    case 'missing-reference':
      return new AppError('REFERENCE_NOT_FOUND', 'not-found', 'A resource that the input refers to does not exist.', {
        cause: error,
      });
    case 'not-found':
      return new AppError('RESOURCE_NOT_FOUND', 'not-found', 'There is no such resource in this organization.', {
        cause: error,
      });
    case 'bad-value':
      return validationFailed([{ path: '', code: 'isStorable', message: 'has a value that cannot be stored' }]);
    case 'refused':
      return new AppError('CHANGE_REFUSED', 'unprocessable', 'This change would break a rule of the organization.', {
        cause: error,
      });
    case 'busy':
    case 'unavailable':
      return dependencyUnavailable(error);
  }
}

/** Errors of Express, its body parser and Nest's router carry a status of their own. */
function fromHttp(error: unknown): AppError | null {
  if (!(error instanceof Error)) return null;
  const { status } = error as Error & { status?: unknown };
  switch (status) {
    case 400:
      return new AppError('REQUEST_MALFORMED', 'invalid', 'The request is malformed.');
    case 404:
      return new AppError('ROUTE_NOT_FOUND', 'not-found', 'There is no such route. See /docs.');
    case 413:
      return new AppError('BODY_TOO_LARGE', 'too-large', 'The body is larger than 100 kB.');
    case 415:
      return new AppError('MEDIA_TYPE_UNSUPPORTED', 'unsupported-type', 'Send application/json in UTF-8.');
    default:
      return null;
  }
}
