import { createHash, randomBytes } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';

export const VISITOR_HEADER = 'X-Visitor-Token';
const WELL_FORMED = /^[\w-]{43}$/;

/** Makes the secret by which a visitor is known again: 256 bits, told once. */
export function createVisitorToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of it. */
export function hashVisitorToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The visitor's secret, or null: one of another form is nobody's. */
export const VisitorToken = createParamDecorator((_data: unknown, execution: ExecutionContext): string | null => {
  const value = execution.switchToHttp().getRequest<Request>().headers[VISITOR_HEADER.toLowerCase()];
  return typeof value === 'string' && WELL_FORMED.test(value) ? value : null;
});
