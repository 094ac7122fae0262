import { describeMatrix } from '../support/isolation-suite.js';

describeMatrix(
  'both walls, each call in a transaction',
  { filter: true, rowLevelSecurity: true },
  { isInTransaction: true },
);
