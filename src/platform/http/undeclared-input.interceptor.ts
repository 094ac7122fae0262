// cspell:ignore Paramtypes
import { type CallHandler, type ExecutionContext, type NestInterceptor, UseInterceptors } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import type { FieldProblem } from '../errors/app-error.js';
import { validationFailed } from '../errors/general.errors.js';

type Part = 'query' | 'body';

const TYPE_OF: Readonly<Record<Part, RouteParamtypes>> = { query: RouteParamtypes.QUERY, body: RouteParamtypes.BODY };

/**
 * Refuses a query or body that the handler does not read. The validation pipe sees only what a handler takes as argument,
 * so `?organizationId=…` on a route without query would be ignored, and the caller believe that it counted.
 */
export function RefuseUndeclaredInput(): MethodDecorator {
  return (target, name, descriptor: PropertyDescriptor) => {
    const args = (Reflect.getMetadata(ROUTE_ARGS_METADATA, target.constructor, name) ?? {}) as object;
    const declared = new Set(Object.keys(args).map((key) => Number(key.split(':')[0])));
    const closed = (Object.keys(TYPE_OF) as Part[]).filter((part) => !declared.has(TYPE_OF[part]));
    if (closed.length > 0) UseInterceptors(new UndeclaredInputInterceptor(closed))(target, name, descriptor);
  };
}

class UndeclaredInputInterceptor implements NestInterceptor {
  constructor(private readonly closed: readonly Part[]) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = execution.switchToHttp().getRequest<Request>();
    const problems = this.closed.flatMap((part) => toProblems(request[part]));
    if (problems.length > 0) throw validationFailed(problems);
    return next.handle();
  }
}

/** No input, and an empty object, say nothing. */
function toProblems(input: unknown): FieldProblem[] {
  if (input === undefined || input === null) return [];
  const names = typeof input === 'object' && !Array.isArray(input) ? Object.keys(input) : [''];
  return names.slice(0, 20).map((path) => ({ path, code: 'unknownField', message: 'is not a field of this request' }));
}
