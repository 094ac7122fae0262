// @ts-check
// `npm run start:bestays`, `npm run start:realestate`: npm start for the product that the argument names, on a port of its own.
import { selectProduct } from './products.mjs';
import { failWith } from './startup-problem.mjs';

try {
  Object.assign(process.env, selectProduct(process.argv[2], process.env));
  await import('./start.mjs');
} catch (error) {
  failWith(error);
}
