import { Injectable } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { DatabasePools } from './database-pools.js';
import { SqlDatabase } from './sql-database.js';

/**
 * Calls a database function that works for several organizations, as the app role and without an organization: outside
 * of the function it sees nothing. For work that is collected from many requests.
 */
@Injectable()
export class BatchSql extends SqlDatabase {
  private readonly product: string;

  constructor(pools: DatabasePools, configuration: Configuration) {
    super(pools.app);
    this.product = configuration.product;
  }

  /** Returns the rows of `SELECT … FROM function(…)`. One round trip, one commit. */
  async call<Row>(text: string, ...values: unknown[]): Promise<Row[]> {
    return await this.rows<Row>({ product: this.product, organizationId: '', actorId: '' }, text, values);
  }
}
