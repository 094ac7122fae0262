/** Name of the job that only shows that a worker takes jobs. It has no row, belongs to no organization and does nothing. */
export const CANARY = 'canary';
