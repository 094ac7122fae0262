import { Inject, Injectable } from '@nestjs/common';
import type { AuditLog, Prisma } from '../../generated/prisma/client.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import type { Keyset } from '../../platform/http/pagination.js';

@Injectable()
export class AuditRepository {
  constructor(@Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'auditLog'>) {}

  async list(filter: Prisma.AuditLogWhereInput, page: Keyset): Promise<AuditLog[]> {
    return await this.database.auditLog.findMany({ ...page, where: { AND: [filter, page.where] } });
  }
}
