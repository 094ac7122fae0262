import { Injectable, Logger } from '@nestjs/common';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { AuditService } from '../audit/audit.service.js';
import type { KnownHealth, RenewableSecret, RenewalStore, Secrets } from '../credentials/renewal.types.js';
import { afterCheck } from './credential-health.js';
import type { HeldSecret } from './credential-lease.service.js';
import { ProviderClients } from './provider-clients.js';
import { ProviderProblem } from './provider-problem.js';
import type { CheckOutcome, ProviderClient, RenewalNeed } from './provider.types.js';

/** Ends before the lease does, whatever the provider does. */
const MAX_WORK_MS = 25_000;

type Opened = RenewableSecret & { readonly secrets: Secrets };

/** Takes a held credential to its provider, and keeps what came of it. */
@Injectable()
export class CredentialExaminer {
  private readonly logger = new Logger(CredentialExaminer.name);

  constructor(
    private readonly clients: ProviderClients,
    private readonly transactions: TransactionService,
    private readonly audit: AuditService,
    private readonly events: EventBus,
  ) {}

  /** Renews the credential if need be, tries it, and keeps the result: in its row, on the record, and as an event. */
  async check(store: RenewalStore, held: HeldSecret): Promise<RenewableSecret> {
    const outcome = await this.try(store, held);
    if (outcome) await this.conclude(store, held, outcome);
    return (await store.load(held.current.id)) ?? held.current;
  }

  /** @throws ProviderProblem if the secret lacks what is needed for one */
  tokenOf(secret: RenewableSecret): string {
    return this.clients.of(secret.provider).tokenOf(requireOpened(secret).secrets);
  }

  /** @throws ProviderProblem if the secret lacks what is needed to tell */
  needsRenewal(secret: RenewableSecret): RenewalNeed {
    return this.clients.of(secret.provider).needsRenewal(requireOpened(secret), new Date());
  }

  /** Renews the credential. @throws ProviderProblem, after what it says of the credential was kept */
  async renew(store: RenewalStore, held: HeldSecret): Promise<void> {
    try {
      const client = this.clients.of(held.current.provider);
      await this.exchange(store, held, client, AbortSignal.timeout(MAX_WORK_MS));
    } catch (error) {
      if (error instanceof ProviderProblem) await this.conclude(store, held, error);
      throw error;
    }
  }

  /** Returns null if the secret was replaced meanwhile: what was found is of no interest then. */
  private async try(store: RenewalStore, held: HeldSecret): Promise<CheckOutcome | null> {
    const signal = AbortSignal.timeout(MAX_WORK_MS);
    const client = this.clients.of(held.current.provider);
    try {
      const isRenewed = await this.renewFirst(store, held, client, signal);
      if (isRenewed === null) return null;
      const expiresAt = await this.probe(store, held, client, { signal, isRenewed });
      return { kind: 'confirmed', expiresAt: expiresAt === undefined ? held.current.health.expiresAt : expiresAt };
    } catch (error) {
      if (error instanceof ProviderProblem) return error;
      throw error;
    }
  }

  /** A renewal that could have waited and fails is no verdict: what is there may be good, and the probe tells. */
  private async renewFirst(
    store: RenewalStore,
    held: HeldSecret,
    client: ProviderClient,
    signal: AbortSignal,
  ): Promise<boolean | null> {
    const need = this.needsRenewal(held.current);
    if (need === 'no') return false;
    try {
      return (await this.exchange(store, held, client, signal)) ? true : null;
    } catch (error) {
      if (need === 'soon' && error instanceof ProviderProblem) return false;
      throw error;
    }
  }

  /** An access token can be refused before its time: that is a word on the credential only if a new one is refused too. */
  private async probe(
    store: RenewalStore,
    held: HeldSecret,
    client: ProviderClient,
    { signal, isRenewed }: { signal: AbortSignal; isRenewed: boolean },
  ): Promise<Date | null | undefined> {
    const { secrets, property } = requireOpened(held.current);
    try {
      return await client.probe(secrets, property, signal);
    } catch (error) {
      const isStale = error instanceof ProviderProblem && error.evidence === 'ACCESS_TOKEN_REFUSED';
      if (!isStale || isRenewed || !client.isRenewable(secrets)) throw error;
      if (!(await this.exchange(store, held, client, signal))) throw error;
      return await client.probe(requireOpened(held.current).secrets, property, signal);
    }
  }

  /** What the provider gives is stored before it is used: a token that only this process knows could be the last one. */
  private async exchange(
    store: RenewalStore,
    held: HeldSecret,
    client: ProviderClient,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { secrets, property, health } = requireOpened(held.current);
    const renewal = await client.renew(secrets, property, signal);
    const known = renewal.expiresAt === undefined ? health : { ...health, expiresAt: renewal.expiresAt };
    return await this.transactions.run(async () => {
      const change = { secrets: { ...secrets, ...renewal.secrets }, renewedAt: new Date(), health: known };
      const isStored = await held.save(change);
      await this.record(store, held.current, 'credential.renewed', isStored ? null : 'replaced meanwhile');
      return isStored;
    });
  }

  private async conclude(store: RenewalStore, held: HeldSecret, outcome: CheckOutcome): Promise<void> {
    const before = held.current.health;
    const after = afterCheck(before, outcome, new Date());
    const isStored = await this.transactions.run(async () => {
      const isKept = await held.save({ health: after, isLast: true });
      const reason = isKept ? (after.evidence ?? null) : 'replaced meanwhile';
      await this.record(store, held.current, 'credential.checked', reason, outcome.kind === 'confirmed');
      if (isKept && after.state !== before.state) await this.recordChange(store, held.current, before);
      return isKept;
    });
    if (isStored && after.state !== before.state) await this.announce(store, held.current, before);
  }

  private async recordChange(store: RenewalStore, secret: RenewableSecret, before: KnownHealth): Promise<void> {
    const { state, evidence } = secret.health;
    await this.record(store, secret, 'credential.health-changed', `${before.state} to ${state}: ${evidence ?? '–'}`);
  }

  private async announce(store: RenewalStore, secret: RenewableSecret, before: KnownHealth): Promise<void> {
    const { id, clientId, provider, health } = secret;
    const { state: to, evidence, expiresAt } = health;
    const isWorse = to !== 'HEALTHY' && to !== 'UNKNOWN';
    this.logger[isWorse ? 'warn' : 'log'](`${store.entity} ${id} is ${to} now: ${evidence ?? '–'}`);
    const change = { entity: store.entity, id, clientId, provider, from: before.state, to, evidence, expiresAt };
    await this.events.announce('credential.state-changed', change);
  }

  private async record(
    { entity }: RenewalStore,
    { id, clientId, provider }: RenewableSecret,
    action: string,
    reason: string | null,
    isSuccess = true,
  ): Promise<void> {
    const outcome = isSuccess ? 'SUCCESS' : 'FAILED';
    const fields = [`credential:${provider}`];
    await this.audit.record({ action, entity, entityId: id, clientId, outcome, reason, fields });
  }
}

function requireOpened(secret: RenewableSecret): Opened {
  if (secret.secrets === null) throw new ProviderProblem('misconfigured', 'SECRET_UNREADABLE');
  return { ...secret, secrets: secret.secrets };
}
