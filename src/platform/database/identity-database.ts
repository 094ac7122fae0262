import { Injectable } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { DatabasePools } from './database-pools.js';
import { SqlDatabase } from './sql-database.js';

/**
 * SQL of the identity role: users and sessions of the product, and the memberships and organizations of one person.
 * Row level security bounds it by product and by `actorId`.
 */
@Injectable()
export class IdentityDatabase extends SqlDatabase {
  private readonly product: string;

  constructor(pools: DatabasePools, configuration: Configuration) {
    super(pools.identity);
    this.product = configuration.product;
  }

  /**
   * Returns the rows of one statement.
   * @param actorId - the person whose memberships and organizations it may see; null for none
   * @param text - SQL whose `$1` is the product; `values` start at `$2`
   */
  async query<Row>(actorId: string | null, text: string, ...values: unknown[]): Promise<Row[]> {
    const owner = { product: this.product, organizationId: '', actorId: actorId ?? '' };
    return await this.rows<Row>(owner, text, [this.product, ...values]);
  }
}
