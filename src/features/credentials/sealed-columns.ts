import type { SecretPlace } from './credential.types.js';

/** A column that holds envelopes of an organization's secrets. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** The column that names the row within its organization. */
  readonly rowId: string;
}

/**
 * Every column that holds secrets of organizations: what a rotation goes through. Anything else is not sealed.
 * test/architecture/secrets.spec.ts compares it with the schema.
 */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'client_credentials', column: 'envelope', rowId: 'id' },
  { table: 'clients', column: 'legacy_credentials_envelope', rowId: 'id' },
  { table: 'integrations', column: 'secrets_envelope', rowId: 'id' },
  { table: 'facebook_pages', column: 'access_token_envelope', rowId: 'integration_id' },
  { table: 'facebook_pages', column: 'page_access_token_envelope', rowId: 'integration_id' },
];

export function isSealedColumn({ table, column }: SecretPlace): boolean {
  return SEALED_COLUMNS.some((known) => known.table === table && known.column === column);
}
