import { Injectable } from '@nestjs/common';
import { modelMap } from '../../generated/model-map.js';
import { SystemDatabase } from '../../platform/database/system-database.js';
import { joinScopes, scopePolicy } from '../../tenancy/index.js';

/**
 * Every table that organizations own rows in: one that a later migration adds is among them by itself. But for the keys:
 * they are sealed for the product, and go.
 */
const TABLES = [...joinScopes(modelMap, scopePolicy).values()]
  .filter(({ name, scope }) => scope.scope === 'ORGANIZATION' && name !== 'Organization' && name !== 'OrganizationKey')
  .map(({ table }) => table);

/** What is done besides: nothing that is bound to the former product goes on working. */
const CHANGES: Readonly<Record<string, string>> = {
  audit_logs: 'written_for = coalesce(t.written_for, t.product)',
  audit_checkpoints: 'written_for = coalesce(t.written_for, t.product)',
  audit_heads: 'seal = d.seal',
  api_keys: 'revoked_at = coalesce(t.revoked_at, now())',
  support_sessions: 'ended_at = coalesce(t.ended_at, now())',
  invitations: `state = CASE WHEN t.state = 'PENDING' THEN 'REVOKED' ELSE t.state END`,
  jobs: `state = CASE WHEN t.state IN ('QUEUED', 'RUNNING') THEN 'CANCELED' ELSE t.state END, due_at = NULL,
         delivered_at = NULL, finished_at = coalesce(t.finished_at, now())`,
};

/** An organization as it stands in the other product. */
export interface FoundOrganization {
  readonly id: string;
  readonly slug: string;
  readonly isSlugTaken: boolean;
  readonly members: readonly {
    readonly id: string;
    readonly email: string;
    readonly isOfPlatform: boolean;
    readonly isEmailTaken: boolean;
    readonly organizations: readonly string[];
  }[];
  readonly secrets: number;
  readonly sequence: number | null;
  readonly hash: string | null;
  readonly occurredAt: number | null;
  readonly checkpointSequence: number | null;
  readonly checkpointAt: number | null;
  readonly seal: string | null;
}

/** Which end of a chain is sealed anew, and how. */
export interface Resealing {
  readonly id: string;
  readonly expectedSeal: string;
  readonly seal: string;
}

interface SealedColumn {
  readonly table: string;
  readonly column: string;
}

const MS = (column: string) => `round(extract(epoch FROM ${column}) * 1000)::float8`;

/** Organizations of two products at once. Answers inside runUnscoped only. */
@Injectable()
export class ReassignmentRepository {
  constructor(private readonly system: SystemDatabase) {}

  /** Returns the organizations of `from` that are named, or whose owner's address ends with the domain. */
  async list(
    from: string,
    names: readonly string[],
    domain: string | null,
    sealed: readonly SealedColumn[],
  ): Promise<FoundOrganization[]> {
    const secrets = sealed.map(
      ({ table, column }) =>
        `(SELECT count(*) FROM ${table} s WHERE s.organization_id = o.id AND s.${column} IS NOT NULL)`,
    );
    const text = `
      SELECT o.id, o.slug, (${secrets.join(' + ')})::int AS secrets,
             EXISTS (SELECT FROM organizations x WHERE x.product = $1 AND x.slug = o.slug) AS "isSlugTaken",
             (SELECT coalesce(json_agg(json_build_object('id', u.id, 'email', u.email, 'isOfPlatform', u.platform_role <> 'USER',
                       'isEmailTaken', EXISTS (SELECT FROM users x WHERE x.product = $1 AND x.email = u.email),
                       'organizations', (SELECT json_agg(n.organization_id) FROM memberships n
                                          WHERE n.product = $2 AND n.user_id = u.id)) ORDER BY u.email), '[]')
                FROM users u WHERE u.product = $2 AND (u.id = o.owner_id OR EXISTS (
                     SELECT FROM memberships m WHERE m.organization_id = o.id AND m.user_id = u.id))) AS members,
             h.sequence::float8 AS sequence, h.hash, ${MS('h.occurred_at')} AS "occurredAt",
             h.checkpoint_sequence::float8 AS "checkpointSequence", ${MS('h.checkpoint_at')} AS "checkpointAt", h.seal
        FROM organizations o
        JOIN users owner ON owner.product = o.product AND owner.id = o.owner_id
        LEFT JOIN audit_heads h ON h.organization_id = o.id AND h.id = o.id
       WHERE o.product = $2 AND (o.id::text = ANY ($3::text[]) OR o.slug = ANY ($3::text[])
             OR split_part(owner.email, '@', 2) = $4::text)
       ORDER BY o.slug`;
    return await this.system.query<FoundOrganization>(text, from, names, domain);
  }

  /** Returns organizations of this product that came from the other, and have no record of it yet. */
  async listUnrecorded(from: string): Promise<{ id: string }[]> {
    const text = `
      SELECT l.organization_id AS id FROM audit_heads h
        JOIN audit_logs l ON l.organization_id = h.organization_id AND l.sequence = h.sequence
       WHERE h.product = $1 AND l.product = $1 AND l.written_for = $2`;
    return await this.system.query<{ id: string }>(text, from);
  }

  /**
   * Moves organizations with all that they own, and the people named, to the product of the deployment.
   * @returns the number of rows by table, or null if one of the chains went on meanwhile
   * @remarks One statement, so all or nothing, and at most the role's 60 s. Whatever is written meanwhile for the other
   * product would be left behind: the foreign keys, which all carry the product, then refuse the whole.
   */
  async move(
    from: string,
    chains: readonly Resealing[],
    people: readonly string[],
    sealed: readonly SealedColumn[],
  ): Promise<Record<string, number> | null> {
    const moves = TABLES.map((table) => {
      const cleared = sealed.filter((place) => place.table === table).map(({ column }) => `${column} = NULL`);
      const changes = ['product = $1', ...(CHANGES[table] ? [CHANGES[table]] : []), ...cleared].join(', ');
      return `from_${table} AS (UPDATE ${table} t SET ${changes} FROM doomed d WHERE t.organization_id = d.id RETURNING 1)`;
    });
    const counts = TABLES.map((table) => `(SELECT count(*)::int FROM from_${table}) AS ${table}`);
    const text = `
      WITH asked AS (
        SELECT * FROM jsonb_to_recordset($3::jsonb) AS a (id uuid, "expectedSeal" text, seal text)),
      found AS MATERIALIZED (
        SELECT o.id, a.seal FROM asked a
          JOIN organizations o ON o.id = a.id AND o.product = $2
          JOIN audit_heads h ON h.organization_id = a.id AND h.id = a.id AND h.seal = a."expectedSeal"
           FOR UPDATE OF o, h),
      doomed AS MATERIALIZED (SELECT * FROM found WHERE (SELECT count(*) FROM found) = (SELECT count(*) FROM asked)),
      persons AS MATERIALIZED (SELECT id FROM unnest($4::uuid[]) AS p (id) WHERE EXISTS (SELECT FROM doomed)),
      ${moves.join(',\n      ')},
      keys AS (DELETE FROM organization_keys k USING doomed d WHERE k.organization_id = d.id RETURNING 1),
      log_ins AS (DELETE FROM sessions s USING persons p WHERE s.product = $2 AND s.user_id = p.id RETURNING 1),
      requests AS (DELETE FROM idempotency_keys i USING persons p WHERE i.product = $2 AND i.actor_id = p.id RETURNING 1),
      homes AS (UPDATE users u SET home_organization_id = NULL FROM doomed d
                 WHERE u.product = $2 AND u.home_organization_id = d.id AND u.id NOT IN (SELECT id FROM persons) RETURNING 1),
      -- The account at Clerk is of the other product's instance.
      moved_people AS (UPDATE users u SET product = $1, clerk_user_id = NULL, password_reset_hash = NULL, version = u.version + 1
                         FROM persons p WHERE u.product = $2 AND u.id = p.id RETURNING 1),
      gone AS (UPDATE organizations o SET product = $1, version = o.version + 1 FROM doomed d WHERE o.id = d.id RETURNING o.id),
      noted AS (INSERT INTO security_events (product, id, organization_id, actor_type, entry_point, request_id, action, outcome, reason)
                SELECT $2, gen_random_uuid(), gone.id, 'system', 'cli', 'product:reassign', 'organization.reassigned', 'SUCCESS',
                       'to ' || $1 FROM gone RETURNING 1)
      SELECT (SELECT count(*)::int FROM gone) AS organizations, (SELECT count(*)::int FROM moved_people) AS users, ${counts.join(', ')}`;
    const [moved] = await this.system.query<Record<string, number>>(text, from, JSON.stringify(chains), people);
    return moved?.['organizations'] === chains.length ? moved : null;
  }
}
