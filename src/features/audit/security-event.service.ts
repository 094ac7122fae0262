import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import {
  isUuid,
  type OrganizationContext,
  OrganizationContextService,
  type ScopedContext,
  type SupportAccess,
  TenancyRecorder,
} from '../../tenancy/index.js';
import { AuditService } from './audit.service.js';
import type { SecurityEventEntry } from './audit.types.js';
import { SecurityEventRepository, type SecurityEventRow } from './security-event.repository.js';

/** The product's record of what happens outside organizations, and of every way around their walls. */
@Injectable()
export class SecurityEventService extends TenancyRecorder {
  constructor(
    private readonly repository: SecurityEventRepository,
    private readonly contexts: OrganizationContextService,
    private readonly audit: AuditService,
  ) {
    super();
  }

  /** Puts an act on the product's record, on behalf of the current actor unless the entry names another. */
  async record(entry: SecurityEventEntry): Promise<void> {
    await this.write(this.contexts.require('SecurityEventService.record'), entry);
  }

  /** Returns the record of a change in the form that a statement with ON_RECORD stores together with the change. */
  toRecord(entry: SecurityEventEntry): string {
    return JSON.stringify(toRow(this.contexts.require('SecurityEventService.toRecord'), entry));
  }

  override async recordUnscopedRun(context: OrganizationContext, reason: string): Promise<void> {
    await this.write(context, { action: 'unscoped.started', outcome: 'SUCCESS', reason });
  }

  override async recordRefusal(
    context: OrganizationContext,
    code: string,
    organization: string | undefined,
  ): Promise<void> {
    const organizationId = isUuid(organization) ? organization : null;
    await this.write(context, { action: 'organization.refused', outcome: 'DENIED', organizationId, reason: code });
  }

  override async recordSupport(
    context: ScopedContext,
    { sessionId }: SupportAccess,
    { what, isRefused }: { readonly what: string; readonly isRefused: boolean },
  ): Promise<void> {
    const entry = { action: 'support.request', entity: 'SupportSession', entityId: sessionId, reason: what } as const;
    await this.contexts.run(context, () => this.audit.record({ ...entry, outcome: isRefused ? 'DENIED' : 'SUCCESS' }));
  }

  private async write(context: OrganizationContext, entry: SecurityEventEntry): Promise<void> {
    await this.repository.add(toRow(context, entry));
  }
}

function toRow(context: OrganizationContext, entry: SecurityEventEntry): SecurityEventRow {
  return {
    id: uuidv7(),
    organizationId: entry.organizationId ?? context.organizationId,
    actorType: entry.actorId ? 'user' : context.actor.type,
    actorId: entry.actorId ?? context.actor.id,
    entryPoint: context.entryPoint,
    requestId: context.requestId,
    action: entry.action,
    outcome: entry.outcome,
    reason: entry.reason ?? null,
    entity: entry.entity ?? null,
    entityId: entry.entityId ?? null,
    fields: entry.fields ?? [],
  };
}
