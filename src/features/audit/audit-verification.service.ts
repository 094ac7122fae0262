import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { dependencyUnavailable } from '../../platform/errors/general.errors.js';
import { rateLimited } from '../../platform/limits/limit.errors.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { AuditAnchors } from './audit-anchors.js';
import { AuditCheck } from './audit-check.js';
import { AuditKeys } from './audit-keys.js';
import { AuditChainRepository, type ChainState } from './audit-chain.repository.js';
import { AuditService } from './audit.service.js';
import type { AuditVerification, Checkpoint } from './audit.types.js';

/** An attacker's rows can have any number; those of a chain begin at 1. */
const LOWEST = -Number.MAX_SAFE_INTEGER;
// Each reads a whole log and hashes it, which the requests of all organizations would feel.
const AT_ONCE = 2;
const MAX_WAITING = 8;
const RETRY_SECONDS = 10;

/** Called now and then with how many records of how many are checked. */
export type VerificationProgress = (done: number, total: number) => void;

/** Finds out whether anybody changed the audit log of the current organization behind our back. */
@Injectable()
export class AuditVerificationService {
  private readonly limit = pLimit(AT_ONCE);
  /** Organizations whose log is being verified here, or waits for that. */
  private readonly underWay = new Set<string>();

  constructor(
    private readonly chain: AuditChainRepository,
    private readonly keys: AuditKeys,
    private readonly anchors: AuditAnchors,
    private readonly audit: AuditService,
    private readonly contexts: OrganizationContextService,
  ) {}

  /**
   * Checks every record as of now, puts on record that it did, and returns what it found.
   * @throws RATE_LIMITED while this process does so for the organization already
   * @throws DEPENDENCY_UNAVAILABLE if too many organizations wait for it
   * @remarks Reads the whole log in pages; nothing is locked.
   */
  async verify(progress: VerificationProgress = () => undefined): Promise<AuditVerification> {
    const context = this.contexts.requireOrganization('AuditVerificationService');
    const { organizationId } = context;
    if (this.underWay.has(organizationId)) throw rateLimited(RETRY_SECONDS);
    if (this.limit.pendingCount >= MAX_WAITING) throw dependencyUnavailable(new Error('Too many audit logs wait.'));
    this.underWay.add(organizationId);
    try {
      // Whoever made room starts it, so in this organization by name.
      return await this.limit(() => this.contexts.run(context, () => this.verifyNow(progress)));
    } finally {
      this.underWay.delete(organizationId);
    }
  }

  private async verifyNow(progress: VerificationProgress): Promise<AuditVerification> {
    const result = await this.check(Number.MAX_SAFE_INTEGER, progress);
    await this.audit.record({
      action: 'audit-log.verified',
      entity: 'AuditLog',
      entityId: String(result.lastSequence),
      outcome: result.isIntact ? 'SUCCESS' : 'FAILED',
      reason: result.isIntact ? null : `findings: ${result.findingCount}`,
    });
    return result;
  }

  /** Checks without a word about it. */
  async check(
    until = Number.MAX_SAFE_INTEGER,
    progress: VerificationProgress = () => undefined,
  ): Promise<AuditVerification> {
    const { organizationId, product } = this.contexts.requireOrganization('AuditVerificationService');
    // Before the database is asked: what is remembered there was committed before.
    const anchor = await this.anchors.find(organizationId);
    const state = await this.chain.readState();
    const check = new AuditCheck(this.keys, { head: state.head, anchor });
    const checkpoint = await this.walk(check, state, until, progress);
    if (until >= state.lastRecord) check.finish(product, organizationId);
    const { findings, findingCount, records, firstSequence, last } = check;
    return {
      isIntact: findingCount === 0,
      ...{ records, firstSequence, lastSequence: last.sequence, lastHash: last.hash },
      checkpoint: checkpoint && { ...checkpoint, publicKey: this.keys.findPublicKey(checkpoint.keyId) },
      findings,
      findingCount,
    };
  }

  /** Returns the last checkpoint on the way. */
  private async walk(
    check: AuditCheck,
    { head, lastRecord, lastCheckpoint }: ChainState,
    limit: number,
    progress: VerificationProgress,
  ): Promise<Checkpoint | null> {
    const until = Math.min(limit, Math.max(lastRecord, head?.sequence ?? 0));
    const due: Checkpoint[] = [];
    let latest: Checkpoint | null = null;
    let after = LOWEST;
    for await (const page of this.chain.pages(LOWEST, until)) {
      const end = page.at(-1)?.sequence ?? after;
      due.push(...(await this.chain.readCheckpoints(after, end)));
      after = end;
      for (const record of page) {
        while (due[0] && due[0].sequence < record.sequence) latest = feed(check, due);
        check.feed(record);
      }
      while (due[0] && due[0].sequence <= check.last.sequence) latest = feed(check, due);
      progress(check.records, until);
    }
    due.push(...(await this.chain.readCheckpoints(after, Math.min(limit, Math.max(lastCheckpoint, until)))));
    while (due.length > 0) latest = feed(check, due);
    return latest;
  }
}

function feed(check: AuditCheck, due: Checkpoint[]): Checkpoint {
  const checkpoint = due.shift() as Checkpoint;
  check.feedCheckpoint(checkpoint);
  return checkpoint;
}
