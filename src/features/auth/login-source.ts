import type { Request } from 'express';

/** Where a log-in comes from, for the person to recognise it. */
export interface LoginSource {
  readonly userAgent: string | null;
  readonly ipAddress: string | null;
}

export function sourceOf(request: Request): LoginSource {
  return { userAgent: request.headers['user-agent']?.slice(0, 300) ?? null, ipAddress: request.ip ?? null };
}
