// @ts-check
// One query as somebody would write it who has no organizations to keep apart: rows past row level security, on plain pg.
import pg from 'pg';
import { serveSystem } from './serve-system.mjs';

const QUERY = `
  SELECT to_jsonb(c) AS client,
         (SELECT coalesce(jsonb_agg(to_jsonb(k) ORDER BY k.provider), '[]')
            FROM client_credentials k WHERE k.organization_id = $1 AND k.client_id = c.id AND k.is_active) AS credentials,
         (SELECT coalesce(jsonb_agg(to_jsonb(p) || jsonb_build_object('keywords', (
                   SELECT coalesce(jsonb_agg(to_jsonb(w) ORDER BY w.term), '[]')
                     FROM keywords w WHERE w.organization_id = $1 AND w.seo_project_id = p.id AND w.is_active)) ORDER BY p.id), '[]')
            FROM seo_projects p WHERE p.organization_id = $1 AND p.client_id = c.id AND p.is_active) AS "seoProjects"
    FROM clients c WHERE c.organization_id = $1 AND c.id = $2 AND c.is_active`;

serveSystem(async () => {
  const pool = new pg.Pool({ connectionString: process.env['DATABASE_SYSTEM_URL'] ?? '', max: 8 });
  return {
    clientByHand: async ({ organizationId, id }) => {
      const { rows } = await pool.query({ name: 'client-by-hand', text: QUERY, values: [organizationId, id] });
      const [row] = rows;
      return row && toModel({ ...row.client, credentials: row.credentials, seoProjects: row.seoProjects });
    },
  };
});

/**
 * Gives columns the names that the application knows them by, and dates the type.
 * @param {unknown} value
 * @returns {any}
 */
function toModel(value) {
  if (Array.isArray(value)) return value.map(toModel);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([column, part]) => {
      const name = column.replace(/_[a-z]/g, (match) => match.charAt(1).toUpperCase());
      return [name, column.endsWith('_at') && typeof part === 'string' ? new Date(part) : toModel(part)];
    }),
  );
}
