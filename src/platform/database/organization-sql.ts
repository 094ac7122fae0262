import { Injectable } from '@nestjs/common';
import { OrganizationContextService } from '../../tenancy/index.js';
import { DatabasePools } from './database-pools.js';
import { SqlDatabase } from './sql-database.js';
import { toOwner, TransactionService } from './transaction.service.js';

/**
 * Written SQL for the few hottest statements: about three times as fast as the ORM, under the same two walls.
 * @remarks A statement must name the organization itself, as `organization_id = $1`; the id is filled in here.
 */
@Injectable()
export class OrganizationSql extends SqlDatabase {
  constructor(
    pools: DatabasePools,
    private readonly contexts: OrganizationContextService,
    private readonly transactions: TransactionService,
  ) {
    super(pools.app);
  }

  /**
   * Returns what is committed of the current organization, also inside an open transaction.
   * @param text - SQL whose `$1` is the organization id; `values` start at `$2`
   * @throws ORGANIZATION_CONTEXT_MISSING outside an organization.
   */
  async read<Row>(text: string, ...values: unknown[]): Promise<Row[]> {
    const owner = this.ownerOf('OrganizationSql.read', text);
    return await this.rows<Row>(owner, text, [owner.organizationId, ...values]);
  }

  /**
   * Changes rows of the current organization by one statement, in the open transaction if there is one, and returns what
   * it names in RETURNING.
   * @param text - as for {@link read}
   * @throws ORGANIZATION_CONTEXT_MISSING outside an organization.
   */
  async change<Row>(text: string, ...values: unknown[]): Promise<Row[]> {
    const owner = this.ownerOf('OrganizationSql.change', text);
    const sql = this.transactions.sqlForCall();
    const all = [owner.organizationId, ...values];
    return sql ? await sql<Row>(text, ...all) : await this.rows<Row>(owner, text, all);
  }

  private ownerOf(what: string, text: string) {
    if (!text.includes('organization_id = $1')) {
      throw new Error('A statement on organization data must contain "organization_id = $1".');
    }
    return toOwner(this.contexts.requireOrganization(what));
  }
}
