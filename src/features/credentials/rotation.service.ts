import { Injectable } from '@nestjs/common';
import { envelopePrefix } from '../../platform/crypto/envelope.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { AuditService } from '../audit/audit.service.js';
import { DataKeyRepository } from './data-key.repository.js';
import { DataKeyService } from './data-key.service.js';
import type { StoredDataKey } from './data-key.types.js';
import { type ResealOutcome, ResealService, UNDER_ROOT_KEYS } from './reseal.service.js';
import { RotationRepository } from './rotation.repository.js';
import { NOTHING_ROTATED, type OrganizationOutcome, type RotationOptions } from './rotation.types.js';

const EVERYTHING = { prefix: '', isWanted: true } as const;
/** A little longer than a transaction may take (src/platform/database/transaction.service.ts). */
const LONGEST_TRANSACTION_MS = 11_000;
const POLL_MS = 20;

/**
 * Replaces the current organization's data key and encrypts its secrets again. Whenever it is interrupted, every secret
 * can be read, and the next run goes on.
 * @see docs/decisions/2026-11-26-data-keys.md
 */
@Injectable()
export class RotationService {
  constructor(
    private readonly repository: RotationRepository,
    private readonly keyRepository: DataKeyRepository,
    private readonly keys: DataKeyService,
    private readonly secrets: ResealService,
    private readonly transactions: TransactionService,
    private readonly audit: AuditService,
  ) {}

  /** @throws CREDENTIAL_KEYS_DESTROYED */
  async rotate(
    { isDryRun, before }: Pick<RotationOptions, 'isDryRun' | 'before'>,
    onProgress: (done: number) => void,
  ): Promise<OrganizationOutcome> {
    const keys = await this.keyRepository.list();
    const active = keys.find(({ state }) => state === 'ACTIVE') ?? null;
    const retiring = keys.filter(({ state }) => state === 'RETIRING');
    const isDue = active !== null && retiring.length === 0 && active.createdAt < before;
    if (isDryRun) return await this.foretell(active, isDue);
    const current = isDue ? await this.replace(active) : (active ?? (await this.addFirst()));
    if (!current) return NOTHING_ROTATED;
    const former = isDue ? [active] : retiring;
    if (former.length > 0) await this.waitForReaders();
    const done = await this.secrets.reseal(notUnder(current), current.id, onProgress);
    return await this.conclude(done, { current, former, hasNewKey: current.id !== active?.id });
  }

  private async foretell(active: StoredDataKey | null, isDue: boolean): Promise<OrganizationOutcome> {
    const secrets = await this.secrets.count(active && !isDue ? notUnder(active) : EVERYTHING);
    return { ...NOTHING_ROTATED, secrets, hasNewKey: isDue || (active === null && Object.keys(secrets).length > 0) };
  }

  /** Both keys change in one transaction: at any moment there is one that encrypts. */
  private async replace(active: StoredDataKey): Promise<StoredDataKey> {
    return await this.transactions.run(async () => {
      await this.keyRepository.beginRetiring(active.id);
      return await this.keys.add(active);
    });
  }

  /** An organization without secrets needs no key. */
  private async addFirst(): Promise<StoredDataKey | null> {
    const direct = await this.secrets.count(UNDER_ROOT_KEYS);
    return Object.keys(direct).length > 0 ? await this.keys.requireActive() : null;
  }

  /**
   * Waits for the transactions that may have read the former key as the one that encrypts, and have yet to store what
   * they encrypted with it.
   */
  private async waitForReaders(): Promise<void> {
    const deadline = Date.now() + LONGEST_TRANSACTION_MS;
    let readers = await this.repository.listReaders(null);
    while (readers.length > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      readers = await this.repository.listReaders(readers);
    }
  }

  private async conclude(
    { secrets, unreadable }: ResealOutcome,
    keys: { current: StoredDataKey; former: readonly StoredDataKey[]; hasNewKey: boolean },
  ): Promise<OrganizationOutcome> {
    const { current, former, hasNewKey } = keys;
    return await this.transactions.run(async () => {
      // A secret that does not open may name any of them.
      const retiredKeys = unreadable.length > 0 ? 0 : await this.keyRepository.retire(former.map(({ id }) => id));
      if (hasNewKey || retiredKeys > 0 || Object.keys(secrets).length > 0) {
        const counts = Object.entries(secrets).map(([name, count]) => `${name}:${count}`);
        await this.audit.record({
          action: 'credentials.rotated',
          entity: 'OrganizationKey',
          entityId: current.id,
          fields: [...counts, `retiredKeys:${retiredKeys}`, `unreadable:${unreadable.length}`],
        });
      }
      return { ...NOTHING_ROTATED, hasNewKey, secrets, retiredKeys, unreadable };
    });
  }
}

function notUnder({ id }: StoredDataKey) {
  return { prefix: envelopePrefix('v2', id), isWanted: false };
}
