import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { AuditLog } from '../../generated/prisma/client.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { type Page, toKeyset, toPage } from '../../platform/http/pagination.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import type { AuditLogListQuery } from './audit.dto.js';
import { AuditRepository } from './audit.repository.js';
import type { AuditContent, AuditEntry } from './audit.types.js';
import { AuditWriter } from './audit-writer.js';
import { DenialFolder } from './denial-folder.js';

/** The organization's record of who did what. */
@Injectable()
export class AuditService {
  constructor(
    private readonly repository: AuditRepository,
    private readonly contexts: OrganizationContextService,
    private readonly transactions: TransactionService,
    private readonly writer: AuditWriter,
    private readonly denials: DenialFolder,
  ) {}

  /**
   * Puts an act on the record of the current organization.
   * @throws DEPENDENCY_UNAVAILABLE if it cannot be written; the caller must then not show the data.
   * @remarks Awaited before the answer: returns when the record is durable. Inside a transaction it counts with it.
   * Denials that repeat within a minute are one more record with their number.
   */
  async record(entry: AuditEntry): Promise<void> {
    const content = this.toContent(entry);
    if (content.outcome === 'DENIED' && !this.transactions.isOpen()) await this.denials.write(content);
    else await this.writer.write(content);
  }

  /** Does what {@link record} does, and signs how the log stands with the record. */
  async recordWithCheckpoint(entry: AuditEntry): Promise<void> {
    await this.writer.write(this.toContent(entry), true);
  }

  /** Lists the organization's records, newest first. */
  async list(query: AuditLogListQuery): Promise<Page<AuditLog>> {
    const { actor, action, entity, client, from, to } = query;
    const filter = {
      ...(actor !== undefined && { actorId: actor }),
      ...(action !== undefined && { action }),
      ...(entity !== undefined && { entity }),
      ...(client !== undefined && { clientId: client }),
      ...((from !== undefined || to !== undefined) && {
        occurredAt: { ...(from !== undefined && { gte: from }), ...(to !== undefined && { lt: to }) },
      }),
    };
    const page = { ...query, includeInactive: true };
    return toPage(await this.repository.list(filter, toKeyset(page)), page, (record) => record);
  }

  private toContent(entry: AuditEntry): AuditContent {
    const context = this.contexts.requireOrganization('AuditService.record');
    return {
      id: uuidv7(),
      organizationId: context.organizationId,
      product: context.product,
      actorType: context.actor.type,
      actorId: context.actor.id,
      role: context.role,
      entryPoint: context.entryPoint,
      requestId: context.requestId,
      action: entry.action,
      entity: entry.entity,
      entityId: entry.entityId ?? null,
      clientId: entry.clientId ?? null,
      outcome: entry.outcome ?? 'SUCCESS',
      reason: entry.reason ?? null,
      fields: [...(entry.fields ?? [])],
      repeats: 1,
    };
  }
}
