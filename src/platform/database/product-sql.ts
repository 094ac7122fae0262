import { Injectable } from '@nestjs/common';
import { OrganizationContextService } from '../../tenancy/index.js';
import { DatabasePools } from './database-pools.js';
import { SqlDatabase } from './sql-database.js';

/**
 * SQL of the app role on what belongs to a product as a whole, inside an organization or outside of all. Row level
 * security bounds it by product; where a row may belong to an organization, to that of the context, or to rows of none.
 */
@Injectable()
export class ProductSql extends SqlDatabase {
  constructor(
    pools: DatabasePools,
    private readonly contexts: OrganizationContextService,
  ) {
    super(pools.app);
  }

  /**
   * Returns the rows of one statement, which is a transaction of its own.
   * @param text - SQL whose `$1` is the product; `values` start at `$2`
   */
  async query<Row>(text: string, ...values: unknown[]): Promise<Row[]> {
    const { product, organizationId, actor } = this.contexts.require('ProductSql');
    const owner = { product, organizationId: organizationId ?? '', actorId: actor.id ?? '' };
    return await this.rows<Row>(owner, text, [product, ...values]);
  }
}
