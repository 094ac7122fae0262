// @ts-check
import { v7 as uuid } from 'uuid';

/**
 * @typedef {import('../data/targets.mjs').Target} Target
 *
 * @typedef {object} Operation
 * @property {'read' | 'write'} targets
 * @property {(answer: any, target: Target) => boolean} isRight
 */

/** @type {(row: any, target: Target) => boolean} */
const isTarget = (row, { id, organizationId, name }) =>
  row?.id === id && row.organizationId === organizationId && row.name === name;

/**
 * What every system can do, and how to tell that it did.
 * @type {Record<string, Operation>}
 */
export const OPERATIONS = {
  readBySql: { targets: 'read', isRight: isTarget },
  findFirst: { targets: 'read', isRight: isTarget },
  findUnique: { targets: 'read', isRight: isTarget },
  count: { targets: 'read', isRight: (count, target) => count === target.rowsOfOrganization },
  create: { targets: 'write', isRight: (row, target) => row?.organizationId === target.organizationId },
  updateMany: { targets: 'write', isRight: (answer) => answer?.count === 1 },
  transaction: { targets: 'write', isRight: isTarget },
  readUnaudited: { targets: 'read', isRight: isTarget },
  readAudited: { targets: 'read', isRight: isTarget },
  readWithInsert: { targets: 'read', isRight: isTarget },
  record: { targets: 'write', isRight: (answer) => answer?.count === 1 },
  recordAlone: { targets: 'write', isRight: (answer) => answer?.count === 1 },
  clientCached: { targets: 'read', isRight: isTarget },
  clientUncached: { targets: 'read', isRight: isTarget },
  clientByHand: { targets: 'read', isRight: isTarget },
  clientFromRedis: { targets: 'read', isRight: isTarget },
  clientLoadedByOne: { targets: 'read', isRight: isTarget },
  clientLoadedByThousand: { targets: 'read', isRight: isTarget },
  searchFaqs: { targets: 'read', isRight: (hits, { id }) => hits.some((/** @type {any} */ hit) => hit.id === id) },
  searchFaqsByPolicies: {
    targets: 'read',
    isRight: (hits, { id }) => hits.some((/** @type {any} */ hit) => hit.id === id),
  },
};

/**
 * What an audit log without chain costs: one row, one statement, one commit. The comment is there for OrganizationSql,
 * which wants to see that a statement names its organization.
 */
export const PLAIN_INSERT = `
  INSERT INTO plain_audit_logs (organization_id, product, id, actor_type, entry_point, request_id, action, entity, outcome, entity_id)
  VALUES ($1, $2, $3, 'user', 'http', $4, 'business.read', 'Business', 'SUCCESS', $5) -- organization_id = $1`;

/** The whole row under the names that Prisma gives it, so that all systems give the same answer. */
export const READ_BY_SQL = `
  SELECT id, organization_id AS "organizationId", product, name, slug, description, is_active AS "isActive",
         deleted_at AS "deletedAt", deleted_by AS "deletedBy", version, created_at AS "createdAt", updated_at AS "updatedAt"
    FROM businesses WHERE organization_id = $1 AND id = $2`;

/** A business that was not there before. */
export function newBusiness() {
  const id = uuid();
  return { id, name: 'A new business', slug: `created-${id}` };
}

export const CHANGE = { version: { increment: 1 } };
