// @ts-check
import { takeOutProduct } from './without-product.mjs';

takeOutProduct();
// Not before: what was loaded already cannot be changed.
await import('./http-app.mjs');
