import { hash } from 'node:crypto';
import type { AuditContent, ChainedRecord, ChainHead } from './audit.types.js';

/** Number of the canonical form that is written today. Form 0 is the same, of records from before the chain. */
export const FORM = 1;
/** What the first record of a chain has in the place of the hash before it. */
export const GENESIS_HASH = '0'.repeat(64);
export const GENESIS: ChainHead = {
  sequence: 0,
  hash: GENESIS_HASH,
  occurredAt: 0,
  checkpointSequence: 0,
  checkpointAt: 0,
  seal: null,
};

/**
 * Renders texts so that no two lists give the same: `<bytes of UTF-8>:<text>` each, and `-` for null.
 * @see docs/decisions/2026-11-26-audit-chain.md
 */
export function renderCells(cells: readonly (string | null)[]): string {
  let text = '';
  for (const cell of cells) text += cell === null ? '-' : `${Buffer.byteLength(cell)}:${cell}`;
  return text;
}

/** Renders all that a record's hash covers. The migration and scripts/verify-audit-export.mjs do the same. */
export function renderRecord(record: Omit<ChainedRecord, 'hash'>): string {
  const { fields } = record;
  return renderCells([
    String(record.form),
    record.previousHash,
    String(record.sequence),
    record.id,
    record.organizationId,
    record.product,
    record.occurredAt,
    record.actorType,
    record.actorId,
    record.role,
    record.entryPoint,
    record.requestId,
    record.action,
    record.entity,
    record.entityId,
    record.clientId,
    record.outcome,
    record.reason,
    String(record.repeats),
    fields ? String(fields.length) : null,
    ...(fields ?? []),
  ]);
}

export function hashRecord(record: Omit<ChainedRecord, 'hash'>): string {
  return hash('sha256', renderRecord(record), 'hex');
}

/** A chain's new records, and where it ends with them. */
export interface Extension {
  readonly records: readonly ChainedRecord[];
  readonly sequence: number;
  readonly hash: string;
  readonly occurredAt: number;
}

/**
 * Puts records at the end of a chain.
 * @param nowMs - the database's time; a chain's own time never goes back, so that a span of time is a span of the chain
 */
export function extendChain(head: ChainHead, contents: readonly AuditContent[], nowMs: number): Extension {
  const occurredAt = Math.max(head.occurredAt, nowMs);
  const time = new Date(occurredAt).toISOString();
  let { sequence, hash: previousHash } = head;
  const records = contents.map((content) => {
    sequence += 1;
    const record = { ...content, form: FORM, sequence, occurredAt: time, previousHash };
    previousHash = hashRecord(record);
    return { ...record, hash: previousHash };
  });
  return { records, sequence, hash: previousHash, occurredAt };
}
