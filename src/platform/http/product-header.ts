import type { NextFunction, Response } from 'express';
import type { TenancyRequest } from '../../tenancy/index.js';
import { AppError } from '../errors/app-error.js';

/** Middleware that names the product and the request on every answer, and refuses a caller that expects another product. */
export function nameProduct(product: string) {
  return (request: TenancyRequest, response: Response, next: NextFunction): void => {
    response.setHeader('X-Product', product);
    response.setHeader('X-Request-Id', request.organizationContext?.requestId ?? '');
    response.setHeader('Cache-Control', 'no-store');
    const expected = request.headers['x-product'];
    if (expected === undefined || expected === product) {
      next();
      return;
    }
    next(
      new AppError(
        'PRODUCT_MISMATCH',
        'misdirected',
        `This deployment serves ${product}. Send the request to the other one.`,
      ),
    );
  };
}
