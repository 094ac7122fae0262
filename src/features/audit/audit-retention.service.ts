import { Injectable } from '@nestjs/common';
import { AppError } from '../../platform/errors/app-error.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { AuditAnchors } from './audit-anchors.js';
import { AuditKeys } from './audit-keys.js';
import { AuditChainRepository } from './audit-chain.repository.js';
import { AuditService } from './audit.service.js';
import { CHAIN_PRUNED } from './audit.types.js';
import { AuditVerificationService } from './audit-verification.service.js';

const DAY_MS = 24 * 60 * 60_000;

export interface PrunedLog {
  readonly records: number;
  /** The last record that goes; 0: none. */
  readonly untilSequence: number;
}

/** Removes what an organization need not keep any longer, so that the rest still proves itself. */
@Injectable()
export class AuditRetentionService {
  constructor(
    private readonly chain: AuditChainRepository,
    private readonly verification: AuditVerificationService,
    private readonly keys: AuditKeys,
    private readonly audit: AuditService,
    private readonly contexts: OrganizationContextService,
    private readonly anchors: AuditAnchors,
  ) {}

  /** Lets go of what is kept outside of the log of an organization that was purged. */
  async forget(organizationId: string): Promise<void> {
    await this.anchors.forget(organizationId);
  }

  /**
   * Removes the records that are older than so many days, up to the last signed checkpoint among them.
   * @throws AUDIT_LOG_NOT_INTACT if they do not verify: then they are evidence, and stay.
   * @remarks The record that says so is written first; interrupted, it goes on with the next call.
   */
  async prune(keepDays: number, isDryRun: boolean): Promise<PrunedLog> {
    const { organizationId } = this.contexts.requireOrganization('AuditRetentionService');
    const kept = await this.chain.findBounds(new Date(Date.now() - keepDays * DAY_MS), undefined);
    const { lastRecord } = await this.chain.readState();
    const checkpoint = await this.chain.findCheckpointBefore(kept ? kept.first - 1 : lastRecord);
    const bounds = await this.chain.findBounds(undefined, undefined);
    if (!checkpoint || !bounds || bounds.first > checkpoint.sequence) return { records: 0, untilSequence: 0 };
    const untilSequence = checkpoint.sequence;
    const { findingCount, lastSequence, lastHash, records } = await this.verification.check(untilSequence);
    const isProven = lastSequence === untilSequence && lastHash === checkpoint.hash;
    if (findingCount > 0 || !isProven || this.keys.check(checkpoint) !== 'valid') throw notIntact();
    if (isDryRun) return { records, untilSequence };
    const entry = { action: CHAIN_PRUNED, entity: 'AuditLog', entityId: String(untilSequence) };
    await this.audit.recordWithCheckpoint({ ...entry, fields: [`records:${records}`, `keepDays:${keepDays}`] });
    const reason = `prune the audit log of ${organizationId} up to ${untilSequence}`;
    await this.contexts.runUnscoped(reason, async () => await this.chain.prune(organizationId, untilSequence));
    return { records, untilSequence };
  }
}

function notIntact(): AppError {
  return new AppError(
    'AUDIT_LOG_NOT_INTACT',
    'unprocessable',
    'The records that would be removed do not verify, so they are evidence. See audit:verify; nothing was removed.',
  );
}
