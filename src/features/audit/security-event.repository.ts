import { Injectable } from '@nestjs/common';
import { IdentityDatabase } from '../../platform/database/identity-database.js';

/** A row of security_events, without its product. */
export interface SecurityEventRow {
  readonly id: string;
  readonly organizationId: string | null;
  readonly actorType: string;
  readonly actorId: string | null;
  readonly entryPoint: string;
  readonly requestId: string;
  readonly action: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly entity: string | null;
  readonly entityId: string | null;
  readonly fields: readonly string[];
}

@Injectable()
export class SecurityEventRepository {
  constructor(private readonly identity: IdentityDatabase) {}

  async add(row: SecurityEventRow): Promise<void> {
    await this.identity.query(
      null,
      `INSERT INTO security_events
         (product, id, organization_id, actor_type, actor_id, entry_point, request_id, action, outcome, reason,
          entity, entity_id, fields)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      row.id,
      row.organizationId,
      row.actorType,
      row.actorId,
      row.entryPoint,
      row.requestId,
      row.action,
      row.outcome,
      row.reason,
      row.entity,
      row.entityId,
      row.fields,
    );
  }
}
