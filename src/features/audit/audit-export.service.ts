import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { OrganizationContextService } from '../../tenancy/index.js';
import { AuditCheck } from './audit-check.js';
import { type AuditFormat, AuditLines } from './audit-lines.js';
import { AuditKeys } from './audit-keys.js';
import { AuditChainRepository } from './audit-chain.repository.js';
import { AuditService } from './audit.service.js';
import type { AuditProof, ChainedRecord, Checkpoint } from './audit.types.js';

export interface AuditRange {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** Hands out a span of the organization's log together with what proves it. */
@Injectable()
export class AuditExportService {
  constructor(
    private readonly chain: AuditChainRepository,
    private readonly keys: AuditKeys,
    private readonly audit: AuditService,
    private readonly contexts: OrganizationContextService,
  ) {}

  /**
   * Returns the records of a span of time as a stream, and their proof as its end.
   * @remarks The export is on record before it starts. Read as fast as the receiver takes it.
   */
  async export(range: AuditRange, format: AuditFormat): Promise<Readable> {
    const span = [range.from, range.to].map((time) => time?.toISOString() ?? '*').join('/');
    const entry = { action: 'audit-log.exported', entity: 'AuditLog', fields: [`format:${format}`, `span:${span}`] };
    await this.audit.recordWithCheckpoint(entry);
    const lines = this.lines(range, new AuditLines(format));
    // The first page is asked for now: a database that does not answer is a proper error, not a broken download.
    const first = await lines.next();
    // A stream is pulled from wherever its receiver is; each page must be read in this organization.
    const context = this.contexts.requireOrganization('AuditExportService');
    const next = async () => await this.contexts.run(context, async () => await lines.next());
    return Readable.from(continueWith(first, next), { objectMode: false, highWaterMark: 64 * 1024 });
  }

  private async *lines(range: AuditRange, lines: AuditLines): AsyncGenerator<string, void> {
    const { organizationId, product } = this.contexts.requireOrganization('AuditExportService');
    const { lastCheckpoint } = await this.chain.readState();
    const bounds = await this.chain.findBounds(range.from, range.to);
    const first = bounds?.first ?? 1;
    // Without an end, up to the checkpoint that was made for this export.
    const last = bounds ? Math.min(bounds.last, lastCheckpoint) : 0;
    const check = new AuditCheck(this.keys, { head: null, anchor: null });
    let previousHash: string | null = null;
    let text = lines.begin();
    for await (const page of this.chain.pages(first - 1, last)) {
      previousHash ??= page[0]?.previousHash ?? null;
      for (const record of page) {
        check.feed(record);
        text += lines.record(record);
      }
      yield text;
      text = '';
    }
    const { records, firstSequence, last: end } = check;
    const checkpoint = records > 0 ? await this.prove(check, { organizationId, product }) : null;
    const proof: AuditProof = {
      ...({ kind: 'proof', version: 1, organizationId, product, records, firstSequence } as const),
      ...{ lastSequence: end.sequence, previousHash: previousHash ?? '', lastHash: end.hash, checkpoint },
      publicKey: checkpoint && this.keys.findPublicKey(checkpoint.keyId),
    };
    yield text + lines.end(proof);
  }

  /** Signs the last record, but only if it leads to what was signed when it was written. */
  private async prove(
    check: AuditCheck,
    owner: Pick<Checkpoint, 'organizationId' | 'product'>,
  ): Promise<Checkpoint | null> {
    const { sequence, hash } = check.last;
    const [next] = await this.chain.readCheckpoints(sequence - 1, Number.MAX_SAFE_INTEGER, 1);
    if (!next || this.keys.check(next) !== 'valid') return null;
    for await (const page of this.chain.pages(sequence, next.sequence)) feedAll(check, page);
    if (check.last.sequence !== next.sequence || check.last.hash !== next.hash || check.findingCount > 0) return null;
    if (next.sequence === sequence) return next;
    const createdAt = new Date().toISOString();
    return this.keys.sign({ ...owner, sequence, hash, previousSequence: next.previousSequence, createdAt });
  }
}

function feedAll(check: AuditCheck, page: readonly ChainedRecord[]): void {
  for (const record of page) check.feed(record);
}

async function* continueWith(
  first: IteratorResult<string, void>,
  next: () => Promise<IteratorResult<string, void>>,
): AsyncGenerator<string, void> {
  for (let part = first; !part.done; part = await next()) yield part.value;
}
