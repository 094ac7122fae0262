import { describeMatrix } from '../support/isolation-suite.js';

describeMatrix('row level security alone', { filter: false, rowLevelSecurity: true });
