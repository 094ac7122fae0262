import { Injectable } from '@nestjs/common';
import { OrganizationContextService, TenancyError } from '../../tenancy/index.js';
import { DatabasePools } from './database-pools.js';
import { SqlDatabase } from './sql-database.js';

/** SQL across organizations, for operations. Visibly not the organization's database: it answers inside runUnscoped only. */
@Injectable()
export class SystemDatabase extends SqlDatabase {
  constructor(
    pools: DatabasePools,
    private readonly contexts: OrganizationContextService,
  ) {
    super(pools.system);
  }

  /**
   * Returns the rows of one statement.
   * @param text - SQL whose `$1` is the product of the deployment; `values` start at `$2`
   * @throws UNSCOPED_WITHOUT_REASON outside OrganizationContextService.runUnscoped.
   */
  async query<Row>(text: string, ...values: unknown[]): Promise<Row[]> {
    const { product, actor, unscopedReason } = this.contexts.require('SystemDatabase');
    if (unscopedReason === null) {
      throw new TenancyError(
        'UNSCOPED_WITHOUT_REASON',
        'programming-error',
        'The system database answers inside OrganizationContextService.runUnscoped(reason, ...) only.',
      );
    }
    return await this.rows<Row>({ product, organizationId: '', actorId: actor.id ?? '' }, text, [product, ...values]);
  }
}
