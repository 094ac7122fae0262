import { Injectable, Logger } from '@nestjs/common';
import { CredentialRenewalService } from '../client-data/credential-renewal.service.js';
import type { HealthState } from '../credentials/credential-health.types.js';
import type { RenewalStore } from '../credentials/renewal.types.js';
import { IntegrationRenewalService } from '../integrations/integration-renewal.service.js';
import { CredentialCheckService } from './credential-check.service.js';

/** Less than a day, so that a job that runs a little earlier than yesterday finds the same work. */
const DUE_AFTER_MS = 20 * 60 * 60 * 1_000;

/** What a run of the refresh came to. */
export interface RefreshReport {
  /** How many credentials were due. */
  readonly due: number;
  /** How many of them are in which state now. */
  readonly states: Readonly<Partial<Record<HealthState, number>>>;
  /** How many could not be checked, for a reason that lies here and not at the provider; the log has it. */
  readonly failed: number;
}

/** Keeps credentials alive that nobody uses, and finds out early which are not. */
@Injectable()
export class CredentialRefreshService {
  private readonly logger = new Logger(CredentialRefreshService.name);

  constructor(
    private readonly credentials: CredentialRenewalService,
    private readonly integrations: IntegrationRenewalService,
    private readonly checks: CredentialCheckService,
  ) {}

  /**
   * Takes every credential of the current organization that was not checked for 20 hours to its provider: renews what needs
   * it, tries all, keeps what is found. A failure of one is none of the others'.
   * @remarks Four at a time. Repeating it is harmless: what was checked is not due.
   */
  async refreshDue(now = new Date()): Promise<RefreshReport> {
    const states: Partial<Record<HealthState, number>> = {};
    let due = 0;
    let failed = 0;
    for await (const { store, ids } of this.pages(new Date(now.getTime() - DUE_AFTER_MS))) {
      due += ids.length;
      const results = await Promise.all(ids.map(async (id) => await this.refresh(store, id)));
      for (const state of results) {
        if (state) states[state] = (states[state] ?? 0) + 1;
        else failed += 1;
      }
    }
    return { due, states, failed };
  }

  private async *pages(notCheckedSince: Date) {
    for (const store of [this.credentials, this.integrations]) {
      let after: string | null = null;
      do {
        const ids: string[] = await store.listDue(notCheckedSince, after);
        yield { store, ids };
        after = ids.at(-1) ?? null;
      } while (after !== null);
    }
  }

  private async refresh(store: RenewalStore, id: string): Promise<HealthState | null> {
    try {
      return (await this.checks.check(store, id)).state;
    } catch (error) {
      // What a database says may quote rows.
      const { name, code } = error as { name?: string; code?: string };
      this.logger.error(`${store.entity} ${id} was not refreshed: ${code ?? name ?? 'no error'}`);
      return null;
    }
  }
}
