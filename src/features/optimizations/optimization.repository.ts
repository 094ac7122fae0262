import { Inject, Injectable } from '@nestjs/common';
import type { Optimization, Prisma } from '../../generated/prisma/client.js';
import { getOr404 } from '../../platform/database/get-or-404.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import type { Keyset } from '../../platform/http/pagination.js';
import type { OptimizationSummary } from './optimization.types.js';

type Where = Prisma.OptimizationWhereInput;

const OF_ACTIVE_CLIENT = { client: { isActive: true } } as const;

@Injectable()
export class OptimizationRepository {
  constructor(@Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'optimization'>) {}

  async list(filter: Prisma.OptimizationWhereInput, page: Keyset): Promise<OptimizationSummary[]> {
    const where = { AND: [OF_ACTIVE_CLIENT, filter, page.where] };
    return await this.database.optimization.findMany({ ...page, where, omit: { detail: true } });
  }

  /** Returns an optimization for an active client. @throws OPTIMIZATION_NOT_FOUND */
  async get(id: string): Promise<Optimization> {
    const where = { id, ...OF_ACTIVE_CLIENT };
    return await getOr404<Where, Optimization>(this.database.optimization, where, 'optimization');
  }

  async add(optimization: Prisma.OptimizationUncheckedCreateInput): Promise<void> {
    await this.database.optimization.create({ data: optimization });
  }
}
