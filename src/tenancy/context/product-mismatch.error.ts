import { TenancyError } from '../tenancy.errors.js';

/** Work for one product came to a deployment of another. */
export class ProductMismatchError extends TenancyError {
  constructor(product: string) {
    super('PRODUCT_MISMATCH', 'misdirected', `This deployment serves ${product}, and nothing of another product.`);
  }
}
