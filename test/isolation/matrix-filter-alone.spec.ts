import { describeMatrix } from '../support/isolation-suite.js';

// ENABLE_POSTGRESQL_RLS=false: the pool runs as a role that no policy applies to.
describeMatrix('the filter of the client alone', { filter: true, rowLevelSecurity: false });
