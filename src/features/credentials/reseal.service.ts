import { Injectable } from '@nestjs/common';
import { CredentialService } from './credential.service.js';
import { type EnvelopeFilter, RotationRepository, type SealedRow } from './rotation.repository.js';
import { SEALED_COLUMNS, type SealedColumn } from './sealed-columns.js';

const BATCH_ROWS = 200;

/** Envelopes of the time before data keys, under a root key itself. */
export const UNDER_ROOT_KEYS: EnvelopeFilter = { prefix: 'v1.', isWanted: true };

/** What was encrypted again, and what does not open. */
export interface ResealOutcome {
  readonly secrets: Readonly<Record<string, number>>;
  readonly unreadable: readonly string[];
}

/** Encrypts secrets of the current organization again, while others read and store them. */
@Injectable()
export class ResealService {
  constructor(
    private readonly repository: RotationRepository,
    private readonly credentials: CredentialService,
  ) {}

  /** Returns how many secrets there are to encrypt again, by `table.column`. */
  async count(filter: EnvelopeFilter): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const column of SEALED_COLUMNS) {
      const n = await this.repository.count(column, filter);
      if (n > 0) counts[nameOf(column)] = n;
    }
    return counts;
  }

  /**
   * Encrypts what the filter finds under a data key, in batches that each count by themselves.
   * @remarks An envelope is replaced only if it is still the one that was read. Goes through again until nothing is left
   * but what does not open.
   */
  async reseal(filter: EnvelopeFilter, keyId: string, onProgress: (done: number) => void): Promise<ResealOutcome> {
    const secrets: Record<string, number> = {};
    const unreadable = new Set<string>();
    const pass = async () => {
      let changed = 0;
      for await (const { column, rows } of this.batches(filter)) {
        const count = await this.resealRows(column, rows, keyId, unreadable);
        if (count > 0) secrets[nameOf(column)] = (secrets[nameOf(column)] ?? 0) + count;
        onProgress((changed += count));
      }
      return changed;
    };
    while ((await pass()) > 0);
    return { secrets, unreadable: [...unreadable] };
  }

  private async *batches(filter: EnvelopeFilter): AsyncGenerator<{ column: SealedColumn; rows: SealedRow[] }> {
    for (const column of SEALED_COLUMNS) {
      let rows: SealedRow[] = [];
      do {
        rows = await this.repository.list(column, filter, rows.at(-1)?.rowId ?? null, BATCH_ROWS);
        yield { column, rows };
      } while (rows.length === BATCH_ROWS);
    }
  }

  private async resealRows(
    column: SealedColumn,
    rows: readonly SealedRow[],
    keyId: string,
    unreadable: Set<string>,
  ): Promise<number> {
    const swaps = [];
    for (const { rowId, envelope } of rows) {
      const fresh = await this.credentials.reseal(envelope, { ...column, rowId }, keyId);
      if (fresh === null) unreadable.add(`${nameOf(column)} in row ${rowId}`);
      else swaps.push({ rowId, envelope, fresh });
    }
    return swaps.length === 0 ? 0 : await this.repository.swap(column, swaps);
  }
}

function nameOf({ table, column }: SealedColumn): string {
  return `${table}.${column}`;
}
