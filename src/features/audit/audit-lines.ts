import type { AuditProof, ChainedRecord } from './audit.types.js';

export type AuditFormat = 'csv' | 'ndjson';

const COLUMNS = [
  'form',
  'previousHash',
  'sequence',
  'id',
  'organizationId',
  'product',
  'occurredAt',
  'actorType',
  'actorId',
  'role',
  'entryPoint',
  'requestId',
  'action',
  'entity',
  'entityId',
  'clientId',
  'outcome',
  'reason',
  'repeats',
  'fields',
  'hash',
] as const satisfies readonly (keyof ChainedRecord)[];

/** Spreadsheets take text that begins so for a formula (OWASP, CSV Injection). */
const RISKY = /^[=+\-@\t\r']/;

/** Writes an export line by line, so that scripts/verify-audit-export.mjs gets every record back exactly. */
export class AuditLines {
  constructor(private readonly format: AuditFormat) {}

  begin(): string {
    return this.format === 'csv' ? `${COLUMNS.join(',')}\r\n` : '';
  }

  record(record: ChainedRecord): string {
    if (this.format === 'csv') return `${COLUMNS.map((name) => toCell(record[name])).join(',')}\r\n`;
    return `${JSON.stringify(Object.fromEntries(COLUMNS.map((name) => [name, record[name]])))}\n`;
  }

  end(proof: AuditProof): string {
    const text = JSON.stringify(proof);
    return this.format === 'csv' ? `#proof,${toCell(text)}\r\n` : `${text}\n`;
  }
}

/** Null is an empty cell; text is always quoted. An apostrophe goes ahead of what is risky, and of an apostrophe. */
function toCell(value: string | number | readonly string[] | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `"${(RISKY.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}
