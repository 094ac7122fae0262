import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { v7 as uuidv7 } from 'uuid';
import type { TransactionSql } from '../../platform/database/transaction.service.js';
import { Configuration } from '../../platform/config/configuration.js';
import { AuditAnchors } from './audit-anchors.js';
import { type Extension, extendChain, FORM, GENESIS } from './audit-chain.js';
import { type AppendAnswer, type Appended, AuditChainRepository } from './audit-chain.repository.js';
import { AuditKeys } from './audit-keys.js';
import { type AuditContent, CHAIN_ADOPTED, CHAIN_BROKEN, type ChainHead } from './audit.types.js';
import { DatabaseClock } from './database-clock.js';

/** A checkpoint travels with the records that make so many, or with the first ones after so long. */
const CHECKPOINT_RECORDS = 1_000;
const CHECKPOINT_MS = 10 * 60_000;
const REMEMBERED_ENDS = 20_000;

/** Records of one organization that are written together. */
export interface AuditGroup {
  readonly organizationId: string;
  readonly contents: readonly AuditContent[];
  /** Signs how the chain stands with them, however little is new. */
  readonly needsCheckpoint?: boolean;
}

/** Where a chain ends as far as this process knows, and what must be said of it before it goes on. */
interface KnownEnd {
  readonly head: ChainHead;
  readonly mark: typeof CHAIN_ADOPTED | typeof CHAIN_BROKEN | null;
}

interface Prepared {
  readonly organizationId: string;
  readonly head: ChainHead;
  /** What the database reads of the chain, and of its new records. */
  readonly part: object;
  readonly records: readonly object[];
  readonly checkpoint: string | null;
}

/** Extends chains: knows where each ends, hashes, seals and signs, and has the database compare before it writes. */
@Injectable()
export class AuditAppender {
  private readonly logger = new Logger('Audit');
  private readonly ends = new LRUCache<string, KnownEnd>({ max: REMEMBERED_ENDS });
  private readonly clock = new DatabaseClock();
  private readonly product: string;

  constructor(
    private readonly chain: AuditChainRepository,
    private readonly keys: AuditKeys,
    private readonly anchors: AuditAnchors,
    configuration: Configuration,
  ) {
    this.product = configuration.product;
  }

  /**
   * Writes groups of several organizations: one round trip, one commit.
   * @returns the organizations whose records are not written: their chains went on elsewhere, or somebody extends them at
   * this moment
   */
  async append(groups: readonly AuditGroup[]): Promise<ReadonlySet<string>> {
    // In the order of their ids, like every process: whoever locks several chains cannot wait in a circle.
    const sorted = [...groups].sort((a, b) => (a.organizationId < b.organizationId ? -1 : 1));
    const prepared = sorted.map((group) => this.prepare(group));
    const written = await this.send(prepared, async (appended) => await this.chain.append(appended));
    this.complete(prepared.filter(({ organizationId }) => written.has(organizationId)));
    return new Set(sorted.map(({ organizationId }) => organizationId).filter((id) => !written.has(id)));
  }

  /** Writes a group as the last act of an open transaction. Waits for whoever extends the same chain. */
  async appendBeforeCommit(group: AuditGroup, sql: TransactionSql): Promise<() => void> {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const prepared = [this.prepare(group)];
      const written = await this.send(
        prepared,
        async (appended) => await this.chain.appendInTransaction(appended, sql),
      );
      if (written.size > 0) return () => this.complete(prepared);
    }
    throw new Error('The end of the audit log moved although it was locked.');
  }

  private async send(
    prepared: readonly Prepared[],
    ask: (appended: Appended) => Promise<AppendAnswer>,
  ): Promise<ReadonlySet<string>> {
    const known = new Map(prepared.map(({ organizationId }) => [organizationId, this.ends.get(organizationId)]));
    // If there is no answer, nobody knows whether it was written.
    for (const organizationId of known.keys()) this.ends.delete(organizationId);
    const { now, unwritten } = await ask({
      organizationIds: [...known.keys()],
      parts: prepared.map(({ part }) => part),
      records: prepared.flatMap(({ records }) => records),
    });
    this.clock.observe(now);
    for (const { organizationId, head } of unwritten) {
      if (head) this.ends.set(organizationId, this.judge(organizationId, head, known.get(organizationId)));
      known.delete(organizationId);
    }
    return new Set(known.keys());
  }

  private complete(written: readonly Prepared[]): void {
    for (const { organizationId, head, checkpoint } of written) {
      this.ends.set(organizationId, { head, mark: null });
      // A second place outside the database: who keeps the log can tell later that records were cut off.
      if (checkpoint) this.logger.log(`Checkpoint of ${organizationId}: ${checkpoint}`);
    }
    this.anchors.keepLater(written);
  }

  private prepare({ organizationId, contents, needsCheckpoint = false }: AuditGroup): Prepared {
    const { product } = this;
    const { head: known, mark } = this.ends.get(organizationId) ?? { head: GENESIS, mark: null };
    const all = mark ? [this.markOf(mark, organizationId, known, contents), ...contents] : contents;
    const extension = extendChain(known, all, this.clock.now());
    const isDue = needsCheckpoint || this.isCheckpointDue(known, extension);
    const { sequence, hash, occurredAt } = extension;
    const unsealed = {
      sequence,
      hash,
      occurredAt,
      checkpointSequence: isDue ? sequence : known.checkpointSequence,
      checkpointAt: isDue ? occurredAt : known.checkpointAt,
    };
    const head: ChainHead = { ...unsealed, seal: this.keys.seal(product, organizationId, unsealed) };
    const signed = isDue ? this.signatureOf(organizationId, known, extension) : null;
    // Until its time is known, the database is only asked for it: no chain has a record -1.
    const expectedSequence = this.clock.isSet ? known.sequence : -1;
    const expected = { expectedSequence, expectedHash: known.hash, expectedSeal: known.seal };
    const part = { organizationId, product, form: FORM, ...expected, ...head, ...signed };
    const records = extension.records.map(({ product: _p, form: _f, occurredAt: _o, ...rest }) => rest);
    return { organizationId, head, part, records, checkpoint: signed && `${sequence} ${hash} ${signed.signature}` };
  }

  private isCheckpointDue(known: ChainHead, { sequence, occurredAt }: Extension): boolean {
    const isKeyNew = !known.seal?.startsWith(`${this.keys.currentId}.`);
    return (
      isKeyNew ||
      sequence - known.checkpointSequence >= CHECKPOINT_RECORDS ||
      occurredAt - known.checkpointAt >= CHECKPOINT_MS
    );
  }

  private signatureOf(organizationId: string, known: ChainHead, { sequence, hash, occurredAt }: Extension) {
    const { product } = this;
    const previousSequence = known.checkpointSequence;
    const createdAt = new Date(occurredAt).toISOString();
    const { keyId, signature } = this.keys.sign({
      organizationId,
      product,
      sequence,
      hash,
      previousSequence,
      createdAt,
    });
    return { checkpointId: uuidv7(), previousCheckpoint: previousSequence, keyId, signature };
  }

  /** An end that is not ours, or from before what was written already, must not become ours without a trace. */
  private judge(organizationId: string, head: ChainHead, known: KnownEnd | undefined): KnownEnd {
    const isBehind = known !== undefined && head.sequence < known.head.sequence;
    const isOurs = head.sequence === 0 || this.keys.isSealed(this.product, organizationId, head);
    if (isOurs && !isBehind) return { head, mark: null };
    if (head.seal === null && !isBehind) return { head, mark: CHAIN_ADOPTED };
    this.logger.error(`The end of the audit log of ${organizationId} is not the one that was written. Verify it.`);
    return { head, mark: CHAIN_BROKEN };
  }

  private markOf(
    action: typeof CHAIN_ADOPTED | typeof CHAIN_BROKEN,
    organizationId: string,
    { sequence }: ChainHead,
    contents: readonly AuditContent[],
  ): AuditContent {
    const isAdopted = action === CHAIN_ADOPTED;
    return {
      id: uuidv7(),
      organizationId,
      product: this.product,
      actorType: 'system',
      actorId: null,
      role: null,
      entryPoint: contents[0]?.entryPoint ?? 'job',
      requestId: contents[0]?.requestId ?? '',
      action,
      entity: 'AuditLog',
      entityId: String(sequence),
      clientId: null,
      outcome: isAdopted ? 'SUCCESS' : 'FAILED',
      reason: isAdopted ? 'All before is from before the chain' : 'The end of the log was not the one that was written',
      fields: [],
      repeats: 1,
    };
  }
}
