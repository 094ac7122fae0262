import { GENESIS_HASH, hashRecord } from './audit-chain.js';
import type { AuditKeys } from './audit-keys.js';
import {
  CHAIN_ADOPTED,
  CHAIN_BROKEN,
  CHAIN_PRUNED,
  type ChainedRecord,
  type ChainHead,
  type Checkpoint,
  type TamperFinding,
  type TamperKind,
} from './audit.types.js';

/** More are counted, not kept. */
const MAX_FINDINGS = 1_000;

/** What the check knows besides the records. */
export interface ChainEnds {
  readonly head: ChainHead | null;
  /** The end that was remembered outside the database. */
  readonly anchor: ChainHead | null;
}

/** Walks along a chain, record by record in its order, and collects what does not fit. Memory does not grow with it. */
export class AuditCheck {
  readonly findings: TamperFinding[] = [];
  findingCount = 0;
  records = 0;
  firstSequence = 0;
  /** The record that was seen last, and the hash that the next one must name. */
  last: { readonly sequence: number; readonly hash: string } = { sequence: 0, hash: '' };
  private before: { readonly hash: string; readonly wasSound: boolean } = { hash: '', wasSound: true };
  private lastId: string | null = null;
  /** What the first record names as the hash before it. */
  private startHash = GENESIS_HASH;
  private form = 0;
  /** Up to here, all is proven by a signature. */
  private provenUntil = 0;
  private checkpointUntil = 0;
  private unknownCheckpoint: Checkpoint | null = null;
  private prunedUntil = 0;
  private coveredUntil = 0;
  private anchorHash: string | null = null;

  constructor(
    private readonly keys: AuditKeys,
    private readonly ends: ChainEnds,
  ) {}

  /** Takes the next record; `start` of the walk is wherever the first one says. */
  feed(record: ChainedRecord): void {
    this.records += 1;
    if (this.records === 1) this.begin(record);
    if (record.sequence <= this.last.sequence && this.records > 1) return this.feedSecond(record);
    const expected = this.last.sequence + 1;
    const hasGap = record.sequence > expected;
    if (hasGap) this.find('REMOVED', expected, record.sequence - 1);
    this.before = { hash: this.last.hash, wasSound: this.judge(record, hasGap) };
    this.last = { sequence: record.sequence, hash: record.hash };
    this.lastId = record.id;
    this.note(record);
  }

  /** Takes a checkpoint, once all records up to it were fed. */
  feedCheckpoint(checkpoint: Checkpoint): void {
    const { sequence, previousSequence } = checkpoint;
    const state = this.keys.check(checkpoint);
    if (state === 'forged') return this.find('CHECKPOINT_FORGED', sequence);
    if (state === 'unknown') {
      this.unknownCheckpoint = checkpoint;
      return;
    }
    this.unknownCheckpoint = null;
    if (previousSequence > this.checkpointUntil && previousSequence >= this.firstSequence) {
      this.find('CHECKPOINT_REMOVED', previousSequence);
    }
    this.checkpointUntil = sequence;
    this.coveredUntil = Math.max(this.coveredUntil, sequence);
    const before = sequence === this.firstSequence - 1 ? this.startHash : null;
    const hash = sequence === this.last.sequence ? this.last.hash : before;
    if (hash !== null && hash !== checkpoint.hash) this.find('REWRITTEN', this.provenUntil + 1, sequence);
    if (sequence <= this.last.sequence) this.provenUntil = sequence;
  }

  /** Looks at the end, when all was fed. */
  finish(product: string, organizationId: string): void {
    const { head } = this.ends;
    if (this.unknownCheckpoint) this.find('CHECKPOINT_FORGED', this.unknownCheckpoint.sequence);
    if (!head) this.find('HEAD_FORGED', this.last.sequence);
    else this.checkHead(head, product, organizationId);
    // A signature speaks of records that are not there.
    if (this.coveredUntil > this.last.sequence) this.findTruncated(this.coveredUntil);
    this.checkBeginning();
    this.checkAnchor(product, organizationId);
  }

  private begin({ sequence, previousHash }: ChainedRecord): void {
    // What was removed in front, the end has to justify: only then is it known what was pruned.
    this.firstSequence = Math.max(sequence, 1);
    if (sequence > 1) this.startHash = previousHash;
    this.last = { sequence: this.firstSequence - 1, hash: this.startHash };
    this.provenUntil = this.last.sequence;
    this.checkpointUntil = this.last.sequence;
  }

  /** Returns whether the record is the one that belongs here. */
  private judge(record: ChainedRecord, hasGap: boolean): boolean {
    const isWhole = hashRecord(record) === record.hash;
    const isLinked = hasGap || record.previousHash === this.last.hash;
    if (isWhole && isLinked && record.form >= this.form) return true;
    // A record that fits by itself, and names another one before it: that one was replaced, or this one.
    if (isWhole) this.find('REWRITTEN', this.last.sequence, record.sequence, this.lastId);
    else this.find(isLinked ? 'EDITED' : 'MOVED', record.sequence, record.sequence, record.id);
    return false;
  }

  /** Two records at one place: the one that fits stays, the other was put there. */
  private feedSecond(record: ChainedRecord): void {
    const isHere = record.sequence === this.last.sequence;
    const fits = isHere && record.previousHash === this.before.hash && hashRecord(record) === record.hash;
    if (!fits || this.before.wasSound) return this.find('INSERTED', record.sequence, record.sequence, record.id);
    this.findings.pop();
    this.findingCount -= 1;
    this.find('INSERTED', record.sequence);
    this.before = { ...this.before, wasSound: true };
    this.last = { sequence: record.sequence, hash: record.hash };
  }

  private note(record: ChainedRecord): void {
    const { sequence, action, entity, entityId, form } = record;
    if (sequence === this.ends.anchor?.sequence) this.anchorHash = record.hash;
    if (entity === 'AuditLog') {
      if (action === CHAIN_BROKEN) this.find('HEAD_FORGED', sequence, sequence, record.id);
      if (action === CHAIN_ADOPTED && this.form > 0) this.find('HEAD_FORGED', sequence, sequence, record.id);
      if (action === CHAIN_PRUNED) this.prunedUntil = Math.max(this.prunedUntil, Number(entityId));
    }
    this.form = Math.max(this.form, form);
  }

  private checkHead(head: ChainHead, product: string, organizationId: string): void {
    const { last } = this;
    const isUnwritten = head.seal === null && this.form === 0 && head.checkpointSequence === 0;
    if (!isUnwritten && !this.keys.isSealed(product, organizationId, head)) {
      return this.find('HEAD_FORGED', head.sequence, Math.max(head.sequence, last.sequence));
    }
    if (head.sequence > last.sequence) this.findTruncated(head.sequence);
    if (head.sequence < last.sequence) this.find('INSERTED', head.sequence + 1, last.sequence);
    if (head.sequence === last.sequence && head.hash !== last.hash) {
      this.find('REWRITTEN', this.provenUntil + 1, head.sequence);
    }
    if (head.checkpointSequence > this.checkpointUntil && head.checkpointSequence >= this.firstSequence) {
      this.find('CHECKPOINT_REMOVED', head.checkpointSequence);
    }
  }

  /** A chain may begin after 1 if it says itself what was removed, and a signature covers what was. */
  private checkBeginning(): void {
    const removedUntil = this.firstSequence - 1;
    if (removedUntil <= 0) return;
    if (this.prunedUntil < removedUntil || this.coveredUntil < removedUntil) this.find('REMOVED', 1, removedUntil);
  }

  private checkAnchor(product: string, organizationId: string): void {
    const { anchor } = this.ends;
    // Redis has no key of ours either: what is not sealed says nothing.
    if (!anchor || !this.keys.isSealed(product, organizationId, anchor)) return;
    if (anchor.sequence > this.last.sequence) this.findTruncated(anchor.sequence);
    else if (this.anchorHash !== null && this.anchorHash !== anchor.hash) {
      this.find('REWRITTEN', this.provenUntil + 1, anchor.sequence);
    }
  }

  private findTruncated(until: number): void {
    if (this.findings.some(({ kind }) => kind === 'TRUNCATED')) return;
    this.find('TRUNCATED', this.last.sequence + 1, until);
  }

  private find(kind: TamperKind, sequence: number, untilSequence = sequence, id: string | null = null): void {
    this.findingCount += 1;
    if (this.findings.length < MAX_FINDINGS) this.findings.push({ kind, sequence, untilSequence, id });
  }
}
