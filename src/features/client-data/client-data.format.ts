import type { ClientWithParts } from './client-data.types.js';

interface Dated {
  createdAt: unknown;
  updatedAt: unknown;
  deletedAt: unknown;
}

type Credential = ClientWithParts['credentials'][number];

const DATES_OF_CREDENTIALS = ['healthCheckedAt', 'healthExpiresAt', 'renewedAt', 'leasedUntil'] as const;

/** Reads the text that a client is loaded as and kept as. */
export function readClient(text: string): ClientWithParts {
  // A copy that an older version kept names no competitors.
  return copyClient({ competitors: [], ...(JSON.parse(text) as object) } as unknown as ClientWithParts);
}

/** Copies a client with its parts, down to its dates. */
export function copyClient(client: ClientWithParts): ClientWithParts {
  return {
    ...copyRow(client),
    competitors: [...client.competitors],
    credentials: client.credentials.map(copyCredential),
    seoProjects: client.seoProjects.map((project) => ({
      ...copyRow(project),
      keywords: project.keywords.map(copyRow),
    })),
  };
}

function copyCredential(credential: Credential): Credential {
  const copy = copyRow(credential);
  for (const field of DATES_OF_CREDENTIALS) copy[field] = toDate(copy[field]);
  return copy;
}

function copyRow<Row extends Dated>(row: Row): Row {
  const copy = { ...row };
  copy.createdAt = toDate(copy.createdAt);
  copy.updatedAt = toDate(copy.updatedAt);
  copy.deletedAt = toDate(copy.deletedAt);
  return copy;
}

/** JSON has no dates, and a date can be changed by whoever has it. */
function toDate(value: unknown): Date | null {
  if (value instanceof Date) return new Date(value.getTime());
  return typeof value === 'string' ? new Date(value) : null;
}
