import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { TransactionService } from '../../platform/database/transaction.service.js';
import type { RenewableSecret, RenewalChange, RenewalStore } from '../credentials/renewal.types.js';
import { credentialBusy } from './provider.errors.js';

/** Longer than the work that it covers: see `MAX_WORK_MS` of the renewal service. */
export const LEASE_MS = 30_000;
const MAX_WAIT_MS = 35_000;
const POLL_MS = 100;
const SAVE_ATTEMPTS = 3;

/** A secret that nobody else takes to its provider meanwhile, in any process. */
export class HeldSecret {
  constructor(
    private readonly store: RenewalStore,
    private readonly leaseId: string,
    private row: RenewableSecret,
  ) {}

  get current(): RenewableSecret {
    return this.row;
  }

  /**
   * Stores a change, unless the secret was replaced or removed since it was loaded: then its new owner's word counts.
   * Other changes of the row (a new name, a new key of the envelope) do not keep it from being stored.
   * @returns whether it was stored
   */
  async save(change: RenewalChange): Promise<boolean> {
    for (let attempt = 1; attempt <= SAVE_ATTEMPTS; attempt += 1) {
      if (await this.store.save(this.row, this.leaseId, change)) {
        this.row = {
          ...this.row,
          version: this.row.version + 1,
          ...(change.secrets && { secrets: change.secrets }),
          ...(change.renewedAt && { renewedAt: change.renewedAt }),
          ...(change.health && { health: change.health }),
        };
        return true;
      }
      const fresh = await this.store.load(this.row.id);
      if (fresh?.leaseId !== this.leaseId || !isSameSecret(fresh, this.row)) return false;
      this.row = fresh;
    }
    return false;
  }
}

/**
 * Lets one at a time take a credential to its provider, over all processes.
 * @remarks The lease lies in the credential's own row and nothing is held while the provider is asked: no transaction and
 * no connection. Who loses a lease by being late cannot store anything, for storing names the lease and the version.
 * @see docs/decisions/2026-11-26-credential-leases.md
 */
@Injectable()
export class CredentialLeaseService {
  constructor(private readonly transactions: TransactionService) {}

  /**
   * Runs `work` while holding the credential. If somebody else had it, and `isSettled` says of what they left that nothing
   * remains to be done, that is returned instead.
   * @throws Error inside a transaction, which would hide the lease from others and last as long as the provider takes.
   * @throws CREDENTIAL_MISSING or INTEGRATION_NOT_FOUND; CREDENTIAL_BUSY if others hold it for more than 35 s.
   */
  async hold<T>(
    store: RenewalStore,
    id: string,
    isSettled: (now: RenewableSecret, before: RenewableSecret) => boolean,
    work: (held: HeldSecret) => Promise<T>,
  ): Promise<T | RenewableSecret> {
    if (this.transactions.isOpen()) throw new Error('Providers are not called inside a transaction: commit first.');
    const leaseId = randomUUID();
    const first = await store.require(id);
    const held = await this.take(store, first, leaseId, isSettled);
    if (!(held instanceof HeldSecret)) return held;
    try {
      return await work(held);
    } finally {
      await store.release(id, leaseId);
    }
  }

  private async take(
    store: RenewalStore,
    first: RenewableSecret,
    leaseId: string,
    isSettled: (now: RenewableSecret, before: RenewableSecret) => boolean,
  ): Promise<HeldSecret | RenewableSecret> {
    const end = performance.now() + MAX_WAIT_MS;
    let row = first;
    do {
      if (row !== first && isSettled(row, first)) return row;
      if (await store.lease(row, { id: leaseId, until: new Date(Date.now() + LEASE_MS) })) {
        return new HeldSecret(store, leaseId, { ...row, leaseId });
      }
      await sleep(POLL_MS * (0.5 + Math.random()));
      row = await store.require(first.id);
    } while (performance.now() < end);
    throw credentialBusy();
  }
}

function isSameSecret(a: RenewableSecret, b: RenewableSecret): boolean {
  return isDeepStrictEqual(a.secrets, b.secrets) && a.property === b.property;
}
