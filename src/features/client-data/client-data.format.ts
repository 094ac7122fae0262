import type { ClientWithParts } from './client-data.types.js';

interface Dated {
  createdAt: unknown;
  updatedAt: unknown;
  deletedAt: unknown;
}

const DATES_OF_CREDENTIALS = ['healthCheckedAt', 'healthExpiresAt', 'renewedAt', 'leasedUntil'] as const;

/** Reads the text that a client is loaded as and kept as. */
export function readClient(text: string): ClientWithParts {
  // A copy that an older version kept names no competitors.
  const client = withDates({ competitors: [], ...(JSON.parse(text) as object) } as unknown as ClientWithParts);
  for (const credential of client.credentials) {
    withDates(credential);
    for (const field of DATES_OF_CREDENTIALS) credential[field] = toDate(credential[field]);
  }
  for (const project of client.seoProjects) {
    withDates(project);
    for (const keyword of project.keywords) withDates(keyword);
  }
  return client;
}

/** JSON has no dates. */
function withDates<Row extends Dated>(row: Row): Row {
  row.createdAt = toDate(row.createdAt);
  row.updatedAt = toDate(row.updatedAt);
  row.deletedAt = toDate(row.deletedAt);
  return row;
}

function toDate(value: unknown): Date | null {
  return typeof value === 'string' ? new Date(value) : null;
}
