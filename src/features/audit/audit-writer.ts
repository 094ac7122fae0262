import { AsyncResource } from 'node:async_hooks';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { TransactionService, type TransactionSql } from '../../platform/database/transaction.service.js';
import { toDatabaseFault } from '../../platform/errors/database-fault.js';
import { dependencyUnavailable } from '../../platform/errors/general.errors.js';
import { ANONYMOUS, createContext, OrganizationContextService } from '../../tenancy/index.js';
import { AuditAppender, type AuditGroup } from './audit-appender.js';
import type { AuditContent } from './audit.types.js';

const MAX_BATCH = 1_000;
/** So many batches are under way at a time, of different chains: while one is written, another one is prepared. */
const LANES = 2;
/** More than that is some seconds of writing: whoever comes then is told at once. */
const MAX_WAITING = 20_000;
const MAX_WAIT_MS = 5_000;
/** Single chains that are written apart from the batches; each takes a connection. */
const MAX_APART = 2;

interface Item {
  readonly content: AuditContent;
  readonly needsCheckpoint: boolean;
}

interface Waiting extends Item {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** Its caller has an answer, and if that is a refusal, shows nothing. */
  isSettled: boolean;
}

/** The records of a part of all chains, one batch after the other. */
interface Lane {
  readonly waiting: Waiting[];
  pumping: Promise<void> | undefined;
}

/**
 * Group commit: while one batch is written, the next one collects. Records of many organizations share a round trip and
 * a commit, and each caller waits for the one that holds its record.
 */
@Injectable()
export class AuditWriter implements BeforeApplicationShutdown {
  private readonly lanes: readonly Lane[] = Array.from({ length: LANES }, () => ({ waiting: [], pumping: undefined }));
  private unsettled = 0;
  private readonly apart = pLimit(MAX_APART);
  // A batch belongs to no request: not to the one that happened to start it either.
  private readonly outside = new AsyncResource('AuditWriter');

  constructor(
    private readonly appender: AuditAppender,
    private readonly transactions: TransactionService,
    private readonly contexts: OrganizationContextService,
  ) {}

  /**
   * Puts a record on its chain: with the open transaction if there is one, else at once.
   * @throws DEPENDENCY_UNAVAILABLE if it is not certain within 5 s that it is written
   */
  async write(content: AuditContent, needsCheckpoint = false): Promise<void> {
    if (this.transactions.beforeCommit(this.finish, { content, needsCheckpoint })) return;
    if (this.unsettled >= MAX_WAITING) throw dependencyUnavailable(new Error('Too many audit records wait.'));
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const waiting = { content, needsCheckpoint, resolve: () => resolve(undefined), reject, isSettled: false };
    const lane = this.laneOf(content.organizationId);
    lane.waiting.push(waiting);
    this.unsettled += 1;
    lane.pumping ??= this.outside.runInAsyncScope(async () => await this.pump(lane));
    const tooLong = () => reject(dependencyUnavailable(new Error('An audit record waited too long.')));
    const timer = setTimeout(tooLong, MAX_WAIT_MS);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      waiting.isSettled = true;
      this.unsettled -= 1;
    }
  }

  /** What is under way is written before the connections end. */
  async beforeApplicationShutdown(): Promise<void> {
    for (const { pumping } of this.lanes) await pumping;
  }

  /** A chain keeps to one lane, so that it never waits for itself. The end of an id is random. */
  private laneOf(organizationId: string): Lane {
    return this.lanes[Number.parseInt(organizationId.slice(-1), 16) % LANES] as Lane;
  }

  private readonly finish = async (items: readonly Item[], sql: TransactionSql): Promise<() => void> => {
    try {
      return await this.appender.appendBeforeCommit(toGroup(items), sql);
    } catch (error) {
      throw toRefusal(error);
    }
  };

  private async pump(lane: Lane): Promise<void> {
    // What is recorded in the same turn of the event loop goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (lane.waiting.length > 0) {
      const batch = lane.waiting.splice(0, MAX_BATCH).filter(({ isSettled }) => !isSettled);
      if (batch.length > 0) await this.writeBatch(batch);
    }
    lane.pumping = undefined;
  }

  private async writeBatch(batch: readonly Waiting[]): Promise<void> {
    const byOrganization = Map.groupBy(batch, ({ content }) => content.organizationId);
    let groups = [...byOrganization.values()];
    try {
      // The second time for those whose chains went on elsewhere: now it is known where they end.
      for (let attempt = 0; attempt < 2 && groups.length > 0; attempt += 1) {
        const unwritten = await this.appender.append(groups.map(toGroup));
        const isOpen = (group: readonly Waiting[]) => unwritten.has(toGroup(group).organizationId);
        for (const group of groups.filter((each) => !isOpen(each))) settle(group);
        groups = groups.filter(isOpen);
      }
    } catch (error) {
      if (faultOf(error) === 'unavailable') return refuse(groups.flat(), dependencyUnavailable(error));
      // One record cannot be stored, or waits for somebody's lock. Nothing was written: each organization by itself.
    }
    for (const group of groups) this.writeApartLater(group);
  }

  private writeApartLater(all: readonly Waiting[]): void {
    void this.apart(async () => {
      const open = all.filter(({ isSettled }) => !isSettled);
      if (open.length === 0) return;
      try {
        await this.writeApart(open);
        settle(open);
      } catch (error) {
        const refusal = toRefusal(error);
        if (open.length > 1 && refusal === error) for (const one of open) this.writeApartLater([one]);
        else refuse(open, refusal);
      }
    });
  }

  /** In a transaction of its own, which waits its turn on the chain. */
  private async writeApart(all: readonly Waiting[]): Promise<void> {
    const { organizationId, product, requestId } = (all[0] as Waiting).content;
    const facts = { product, organizationId, actor: ANONYMOUS, role: null, entryPoint: 'job', requestId } as const;
    await this.contexts.run(createContext(facts), () =>
      this.transactions.run(async () => {
        this.transactions.beforeCommit(this.finish, ...all);
        return await Promise.resolve();
      }),
    );
  }
}

function settle(written: readonly Waiting[]): void {
  for (const { resolve } of written) resolve();
}

function refuse(unwritten: readonly Waiting[], error: unknown): void {
  for (const { reject } of unwritten) reject(error);
}

function toGroup(items: readonly Item[]): AuditGroup {
  return {
    organizationId: (items[0] as Item).content.organizationId,
    contents: items.map(({ content }) => content),
    needsCheckpoint: items.some(({ needsCheckpoint }) => needsCheckpoint),
  };
}

function faultOf(error: unknown): string | undefined {
  return toDatabaseFault(error)?.kind;
}

/** What only time can mend is a refusal to come again; what is wrong with a record stays what it is. */
function toRefusal(error: unknown): unknown {
  return ['unavailable', 'busy'].includes(faultOf(error) ?? '') ? dependencyUnavailable(error) : error;
}
