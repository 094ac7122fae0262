import { Inject, Injectable } from '@nestjs/common';
import type { Prisma, SupportSession } from '../../generated/prisma/client.js';
import { getOr404 } from '../../platform/database/get-or-404.js';
import { IdentityDatabase } from '../../platform/database/identity-database.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import type { Keyset } from '../../platform/http/pagination.js';
import { isUuid, type SupportAccess } from '../../tenancy/index.js';

const LIVE = `
  SELECT s.id AS "sessionId", s.is_read_only AS "isReadOnly", s.expires_at AS "standsUntil", o.id, o.slug, o.name
    FROM support_sessions s
    JOIN users u ON u.product = s.product AND u.id = s.user_id AND u.is_active AND u.platform_role = 'SUPERUSER'
    JOIN organizations o ON o.id = s.organization_id AND o.product = s.product AND o.is_active
   WHERE s.product = $1 AND s.user_id = $2 AND s.ended_at IS NULL AND s.expires_at > now() AND s.approval <> 'PENDING'`;
const NEWEST = 'ORDER BY s.created_at DESC LIMIT 1';
const BY_ID = `${LIVE} AND s.organization_id = $3::uuid ${NEWEST}`;
const BY_SLUG = `${LIVE} AND o.slug = $3 ${NEWEST}`;

const COLUMNS = `id, organization_id AS "organizationId", product, user_id AS "userId", user_email AS "userEmail", reason,
  is_read_only AS "isReadOnly", approval, approved_by AS "approvedBy", expires_at AS "expiresAt", ended_at AS "endedAt",
  ended_by AS "endedBy", created_at AS "createdAt"`;

interface LiveRow {
  readonly sessionId: string;
  readonly isReadOnly: boolean;
  readonly standsUntil: Date;
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

@Injectable()
export class SupportSessionRepository {
  constructor(
    @Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'supportSession'>,
    private readonly identity: IdentityDatabase,
  ) {}

  /** Returns what opens the organization to the person now, or null. One query, before any organization is known. */
  async findLive(userId: string, organization: string): Promise<Omit<SupportAccess, 'role'> | null> {
    const text = isUuid(organization) ? BY_ID : BY_SLUG;
    const [row] = await this.identity.query<LiveRow>(userId, text, userId, organization);
    if (!row) return null;
    const { sessionId, isReadOnly, standsUntil, ...summary } = row;
    return { sessionId, isReadOnly, standsUntil, organization: summary };
  }

  /** Returns one of the person's own sessions, in whichever organization. */
  async findOwn(userId: string, id: string): Promise<SupportSession | null> {
    const text = `SELECT ${COLUMNS} FROM support_sessions WHERE product = $1 AND user_id = $2 AND id = $3`;
    return (await this.identity.query<SupportSession>(userId, text, userId, id))[0] ?? null;
  }

  /** Returns the person's own sessions that have not run out, newest first. */
  async listOwn(userId: string): Promise<SupportSession[]> {
    const text = `SELECT ${COLUMNS} FROM support_sessions
                   WHERE product = $1 AND user_id = $2 AND ended_at IS NULL AND expires_at > now()
                   ORDER BY created_at DESC LIMIT 100`;
    return await this.identity.query<SupportSession>(userId, text, userId);
  }

  async list(filter: Prisma.SupportSessionWhereInput, page: Keyset): Promise<SupportSession[]> {
    return await this.database.supportSession.findMany({ ...page, where: { AND: [filter, page.where] } });
  }

  /** @throws SUPPORT_SESSION_NOT_FOUND */
  async get(id: string): Promise<SupportSession> {
    return await getOr404<Prisma.SupportSessionWhereInput, SupportSession>(
      this.database.supportSession,
      { id },
      'support session',
    );
  }

  async add(session: Prisma.SupportSessionUncheckedCreateInput): Promise<SupportSession> {
    return await this.database.supportSession.create({ data: session });
  }

  /** Changes a session that is open; returns null if it is not any more. */
  async updateOpen(
    where: Prisma.SupportSessionWhereInput,
    data: Prisma.SupportSessionUncheckedUpdateManyInput,
  ): Promise<SupportSession | null> {
    const isOpen = { endedAt: null, expiresAt: { gt: new Date() } };
    const [row] = await this.database.supportSession.updateManyAndReturn({ where: { ...where, ...isOpen }, data });
    return row ?? null;
  }
}
