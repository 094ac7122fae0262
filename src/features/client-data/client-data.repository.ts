import { Injectable } from '@nestjs/common';
import { OrganizationSql } from '../../platform/database/organization-sql.js';
import type { StampedText } from '../../platform/cache/shared-store.js';
import type { ClientParts } from './client-data.types.js';

interface Row {
  readonly id: string;
  readonly version: number;
  readonly readAt: number;
  readonly server: string;
  readonly text: string;
}

const MODEL = (alias: string, columns: readonly string[]) =>
  [...columns, 'organization_id', 'product', 'is_active', 'deleted_at', 'deleted_by', 'version']
    .concat('created_at', 'updated_at')
    .map((column) => `'${toField(column)}', ${alias}.${column}`)
    .join(', ');

/** Names as Prisma gives them: rows that come this way and that are the same. */
function toField(column: string): string {
  return column.replace(/_[a-z]/g, (match) => match.charAt(1).toUpperCase());
}

const CLIENT = MODEL('c', [
  'id',
  'name',
  'website_url',
  'business_objectives',
  'target_audience',
  'google_analytics_property_id',
  'search_console_property_url',
  'competitors',
  'legacy_credentials_envelope',
  'data_version',
]);
const CREDENTIAL = MODEL('k', [
  'id',
  'client_id',
  'provider',
  'envelope',
  'fingerprint',
  'health_state',
  'health_checked_at',
  'health_evidence',
  'health_failures',
  'health_expires_at',
  'renewed_at',
  'lease_id',
  'leased_until',
]);
const PROJECT = MODEL('p', ['id', 'client_id', 'name', 'description']);
const KEYWORD = MODEL('w', ['id', 'seo_project_id', 'term', 'target_url']);

/**
 * Active clients with their active parts, each as one JSON text, in one statement: what is read together was true
 * together. `now()` is the statement's own transaction, so not later than the snapshot that it reads.
 */
const LOAD = `
  SELECT c.id, c.data_version AS version, floor(extract(epoch FROM now()) * 1000000)::float8 AS "readAt",
         extract(epoch FROM pg_postmaster_start_time())::text AS server,
         json_build_object(${CLIENT},
           'credentials', (
             SELECT coalesce(json_agg(json_build_object(${CREDENTIAL}) ORDER BY k.provider), '[]')
               FROM client_credentials k
              WHERE k.organization_id = $1 AND k.client_id = c.id AND k.is_active AND k.provider = ANY ($3::text[])),
           'seoProjects', CASE WHEN $4::boolean THEN (
             SELECT coalesce(json_agg(json_build_object(${PROJECT},
                      'keywords', (
                        SELECT coalesce(json_agg(json_build_object(${KEYWORD}) ORDER BY w.term), '[]')
                          FROM keywords w
                         WHERE w.organization_id = $1 AND w.seo_project_id = p.id AND w.is_active)) ORDER BY p.id), '[]')
               FROM seo_projects p
              WHERE p.organization_id = $1 AND p.client_id = c.id AND p.is_active)
           ELSE '[]' END)::text AS text
    FROM clients c WHERE c.organization_id = $1 AND c.id = ANY ($2::uuid[]) AND c.is_active`;

/** Reads all that belongs to clients at once. */
@Injectable()
export class ClientDataRepository {
  constructor(private readonly sql: OrganizationSql) {}

  /** Returns active clients by id: one round trip, whatever the number of clients, projects and keywords. */
  async load(ids: readonly string[], { providers, hasProjects }: ClientParts): Promise<Map<string, StampedText>> {
    const rows = await this.sql.read<Row>(LOAD, ids, providers, hasProjects);
    return new Map(
      rows.map(({ id, version, readAt, server, text }) => [id, { stamp: { version, readAt, server }, text }]),
    );
  }
}
