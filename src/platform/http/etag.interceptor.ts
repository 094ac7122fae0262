import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { type Observable, tap } from 'rxjs';

/** Gives a single resource its version as ETag, to be sent back in If-Match. */
@Injectable()
export class EtagInterceptor implements NestInterceptor {
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const response = execution.switchToHttp().getResponse<Response>();
    return next.handle().pipe(
      tap((body: unknown) => {
        const version: unknown =
          typeof body === 'object' && body !== null ? (body as { version?: unknown }).version : undefined;
        if (typeof version === 'number') response.setHeader('ETag', `"${version}"`);
      }),
    );
  }
}
